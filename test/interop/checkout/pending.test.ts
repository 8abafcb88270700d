import assert from 'node:assert/strict';
import { pendingArtifacts } from '../../../src/engine/operations/pending';
import { drivers, FossilFixture } from './fossil-fixture';

for (const driver of drivers) {
  describe(`what the next push sends, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      root = await fixture.fossilOpen();
      for (const comment of ['First', 'Second', 'Third']) {
        await fixture.fossilCommit(root, comment, { [`${comment}.txt`]: `${comment}\n` });
      }
    });
    after(() => fixture.remove());

    it('is listed newest first, each file below its check-in', async () => {
      const { outgoing, incoming } = await pendingArtifacts(fixture.environment, root);
      const shown = outgoing.artifacts.map(({ title, files = [] }) => [title, ...files.map((file) => file.path)]);
      assert.deepEqual(shown.slice(0, 3), [
        ['Third', 'Third.txt'],
        ['Second', 'Second.txt'],
        ['First', 'First.txt'],
      ]);
      // The check-in that fossil begins a repository with is sent, too.
      assert.deepEqual([outgoing.count, outgoing.unlisted], [7, 0]);
      assert.deepEqual(incoming, { artifacts: [], count: 0, bytes: 0, unlisted: 0 });
    });

    it('is counted whole where there is too much to list it all', async () => {
      const whole = await pendingArtifacts(fixture.environment, root);
      const { outgoing } = await pendingArtifacts(fixture.environment, root, 2);
      assert.deepEqual(
        outgoing.artifacts.map(({ title }) => title),
        ['Third'],
      );
      assert.deepEqual({ ...outgoing, artifacts: [] }, { ...whole.outgoing, artifacts: [], unlisted: 5 });
    });
  });
}
