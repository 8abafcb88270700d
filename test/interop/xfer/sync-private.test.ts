import assert from 'node:assert/strict';
import { hasCode } from '../../../src/engine/errors';
import { FossilCheckout } from './fossil-checkout';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

const BOTH = { pull: true, push: true };

for (const driver of drivers) {
  describe(`Private branches between us and fossil with the ${driver} driver`, function () {
    this.timeout(120_000);
    let fixture: XferFixture;
    let url: string;
    beforeEach(async () => {
      fixture = await XferFixture.create(driver);
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'giox');
      url = await fixture.serve('server.fossil', 'bob:bobpw');
      await fixture.clone(url, 'ours.fossil');
    });
    afterEach(() => fixture.remove());

    const privateOf = (name: string): Promise<string[]> =>
      fixture.sandbox.sql(
        fixture.path(name),
        'SELECT uuid FROM private JOIN blob USING(rid) WHERE size>=0 ORDER BY uuid;',
      );
    const clean = async (name: string): Promise<void> =>
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path(name)), / 0 errors/);

    it('are pushed on demand alone, and stay private there', async () => {
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      const text = Array.from({ length: 300 }, (_, index) => `line ${index}\n`).join('');
      await ours.commit('public', { 'a.txt': text });
      await ours.commit('secret', { 'a.txt': `${text}secret\n` }, '--private');
      assert.equal((await fixture.sync(url, 'ours.fossil', BOTH)).sent, 2);
      assert.deepEqual(await privateOf('server.fossil'), []);
      const { sent } = await fixture.sync(url, 'ours.fossil', { ...BOTH, withPrivate: true });
      assert.equal(sent, 2);
      assert.deepEqual(await privateOf('server.fossil'), await privateOf('ours.fossil'));
      assert.equal((await privateOf('server.fossil')).length, 2);
      await clean('server.fossil');
      const again = await fixture.sync(url, 'ours.fossil', { ...BOTH, withPrivate: true });
      assert.deepEqual([again.sent, again.received, again.roundTrips], [0, 0, 1]);
    });

    it('are pulled on demand alone, and stay private here', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      await theirs.commit('public', { 'a.txt': 'a' });
      await theirs.commit('secret', { 'b.txt': 'b' }, '--private');
      assert.equal((await fixture.sync(url, 'ours.fossil', { pull: true, push: false })).received, 2);
      assert.deepEqual(await privateOf('ours.fossil'), []);
      const options = { pull: true, push: false, withPrivate: true };
      assert.equal((await fixture.sync(url, 'ours.fossil', options)).received, 2);
      assert.deepEqual(await privateOf('ours.fossil'), await privateOf('server.fossil'));
      const told = 'SELECT count(*) FROM unclustered JOIN private USING(rid);';
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('ours.fossil'), told), ['0']);
      await clean('ours.fossil');
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      assert.equal(await ours.fossil('cat', '-r', 'private', 'b.txt'), 'b');
    });

    it('become public here once they are published there', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      await theirs.commit('secret', { 'b.txt': 'b' }, '--private');
      const options = { pull: true, push: false, withPrivate: true };
      await fixture.sync(url, 'ours.fossil', options);
      assert.equal((await privateOf('ours.fossil')).length, 2);
      await theirs.fossil('publish', 'private');
      await fixture.sync(url, 'ours.fossil', { pull: true, push: false });
      assert.deepEqual(await privateOf('ours.fossil'), []);
      assert.deepEqual(await fixture.artifacts('ours.fossil'), await fixture.artifacts('server.fossil'));
    });

    it('are not asked for again by a sync that does not want them', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      await theirs.commit('secret', { 'b.txt': 'b' }, '--private');
      const [secret = ''] = await privateOf('server.fossil');
      await fixture.sandbox.sql(
        fixture.path('ours.fossil'),
        `INSERT INTO blob(rcvid,size,uuid,content) VALUES(0,-1,'${secret}',NULL); INSERT INTO phantom SELECT max(rid) FROM blob;`,
      );
      await fixture.sync(url, 'ours.fossil', { pull: true, push: false });
      const known = `SELECT count(*) FROM phantom JOIN private USING(rid);`;
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('ours.fossil'), known), ['1']);
      const options = { pull: true, push: false, withPrivate: true };
      assert.equal((await fixture.sync(url, 'ours.fossil', options)).received, 2);
      assert.equal((await privateOf('ours.fossil')).length, 2);
    });

    it('are told to be private to a server that asks for them, which then stops asking', async () => {
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await ours.commit('secret', { 'b.txt': 'b' }, '--private');
      const [secret = ''] = await privateOf('ours.fossil');
      await fixture.sandbox.sql(
        fixture.path('server.fossil'),
        `INSERT INTO blob(rcvid,size,uuid,content) VALUES(0,-1,'${secret}',NULL); INSERT INTO phantom SELECT max(rid) FROM blob;`,
      );
      const push = { pull: false, push: true };
      assert.deepEqual((await fixture.sync(url, 'ours.fossil', push)).roundTrips, 2);
      const hidden = 'SELECT uuid FROM phantom JOIN private USING(rid) JOIN blob USING(rid);';
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('server.fossil'), hidden), [secret]);
      assert.deepEqual((await fixture.sync(url, 'ours.fossil', push)).roundTrips, 1);
    });

    it('take the capability Private, and say so', async () => {
      await fixture.fossil('user', 'capabilities', 'bob', 'gio', '-R', fixture.path('server.fossil'));
      await assert.rejects(fixture.sync(url, 'ours.fossil', { ...BOTH, withPrivate: true }), (error: unknown) => {
        assert.ok(hasCode(error, 'not-authorized'), String(error));
        assert.match(error.message, /private.*Private \(x\)/);
        return true;
      });
    });
  });
}
