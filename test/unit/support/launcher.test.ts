import assert from 'node:assert/strict';
import { launch } from '../../support/launcher';

describe('The shell that starts programs for tests', () => {
  it('fails what waits for it when it dies, and has a successor', async () => {
    const env = { PATH: process.env['PATH'] };
    // Above the program stands the one that would tell how it ended, and above that one the shell.
    const killing = ['-c', 'kill -KILL "$(ps -o ppid= -p $PPID | tr -d " ")" $PPID'];
    await assert.rejects(launch('sh', killing, { env }), /has ended/);
    assert.equal((await launch('true', [], { env })).code, 0);
  });
});
