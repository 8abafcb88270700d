import assert from 'node:assert/strict';
import { FossilCheckout } from './fossil-checkout';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

const BOTH = { pull: true, push: true };

for (const driver of drivers) {
  describe(`A thorough sync with fossil server with the ${driver} driver`, function () {
    this.timeout(120_000);
    let fixture: XferFixture;
    let url: string;
    beforeEach(async () => {
      fixture = await XferFixture.create(driver);
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'gio');
      url = await fixture.serve('server.fossil', 'bob:bobpw');
      await fixture.clone(url, 'ours.fossil');
    });
    afterEach(() => fixture.remove());

    it('finds what an ordinary one overlooks on either side', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await theirs.commit('theirs', { 'a.txt': 'a' });
      await ours.commit('ours', { 'b.txt': 'b' });
      // As after a lost table: nothing tells that these artifacts are there.
      for (const name of ['server.fossil', 'ours.fossil']) {
        await fixture.sandbox.sql(fixture.path(name), 'DELETE FROM unclustered; DELETE FROM unsent;');
      }
      const ordinary = await fixture.sync(url, 'ours.fossil', BOTH);
      assert.deepEqual([ordinary.received, ordinary.sent], [0, 0]);
      const thorough = await fixture.sync(url, 'ours.fossil', { ...BOTH, isThorough: true });
      assert.deepEqual([thorough.received, thorough.sent], [2, 2]);
      assert.deepEqual(await fixture.artifacts('ours.fossil'), await fixture.artifacts('server.fossil'));
      for (const name of ['server.fossil', 'ours.fossil']) {
        assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path(name)), / 0 errors/);
      }
    });
  });
}
