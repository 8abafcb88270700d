import * as assert from 'node:assert/strict';
import { enginePids } from '../engine-pids';
import { OpenedProject } from '../opened-project';

describe('The engine process', () => {
  it('is started again after it was killed, and the view follows edits as before', async () => {
    const project = await OpenedProject.open();
    const before = await enginePids();
    assert.ok(before.length > 0, 'no engine process runs');
    for (const pid of before) {
      process.kill(pid, 'SIGKILL');
    }
    await project.write('README.md', 'after the death\n');
    await project.until('the edit', ({ status }) => status?.changes.length === 1);
    const after = await enginePids();
    assert.ok(after.length > 0 && after.every((pid) => !before.includes(pid)));
    await project.fossil(['revert', 'README.md']);
    await project.until('no changes', ({ status }) => status?.changes.length === 0);
  });
});
