import assert from 'node:assert/strict';
import { chmod, copyFile } from 'node:fs/promises';
import { hasCode } from '../../../src/engine/errors';
import { httpTransport } from '../../../src/engine/transport/http';
import type { XferEvent } from '../../../src/engine/xfer/observer';
import { corpusPath } from '../../support/corpus';
import { FossilCheckout } from './fossil-checkout';
import { olderServer } from './older-server';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

for (const driver of drivers) {
  describe(`Kinds of clones from fossil server with the ${driver} driver`, function () {
    this.timeout(300_000);
    let fixture: XferFixture;
    beforeEach(async () => (fixture = await XferFixture.create(driver)));
    afterEach(() => fixture.remove());

    const clean = async (name: string): Promise<void> =>
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path(name)), / 0 errors/);

    for (const version of [1, 2] as const) {
      it(`brings all by protocol ${version} where the server knows no newer one`, async () => {
        await fixture.newRepository('server.fossil');
        await fixture.fossil('user', 'capabilities', 'nobody', 'g', '-R', fixture.path('server.fossil'));
        const theirs = await FossilCheckout.open(fixture, 'server.fossil');
        // So many versions that most are deltas of younger ones, which come later.
        let text = '';
        for (let line = 0; line < 30; line++) {
          text += `line ${line} ${'x'.repeat(60)}\n`;
          await theirs.commit(`version ${line}`, { 'a.txt': text, [`file${line}`]: `${line}` });
        }
        const transport = olderServer(httpTransport({ variables: {} }), fixture.environment.zlib, version);
        const events: XferEvent[] = [];
        const { received, roundTrips, bytesSent, bytesReceived } = await fixture.clone(
          await fixture.serve('server.fossil'),
          'clone.fossil',
          { transport, onEvent: (event) => events.push(event) },
        );
        const expected = await fixture.artifacts('server.fossil');
        assert.equal(received, expected.length);
        const end = events.at(-1);
        assert.ok(end?.type === 'session-completed');
        assert.deepEqual([end.rounds, end.bytesSent, end.bytesReceived], [roundTrips, bytesSent, bytesReceived]);
        assert.equal(end.filesReceived, received);
        assert.deepEqual(await fixture.artifacts('clone.fossil'), expected);
        await clean('clone.fossil');
        const ours = await FossilCheckout.open(fixture, 'clone.fossil');
        assert.equal(await ours.fossil('cat', 'a.txt'), text);
      });

      it(`brings a large history by protocol ${version}`, async function () {
        const source = corpusPath('svn-scm.fossil');
        if (source === undefined) this.skip();
        await copyFile(source, fixture.path('server.fossil'));
        await chmod(fixture.path('server.fossil'), 0o644);
        const transport = olderServer(httpTransport({ variables: {} }), fixture.environment.zlib, version);
        await fixture.clone(await fixture.serve('server.fossil'), 'clone.fossil', { transport });
        assert.deepEqual(await fixture.artifacts('clone.fossil'), await fixture.artifacts('server.fossil'));
        await clean('clone.fossil');
      });
    }

    it('brings private branches on demand, and they stay private', async () => {
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'giox');
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      await theirs.commit('public', { 'a.txt': 'a' });
      await theirs.commit('secret', { 'b.txt': 'b' }, '--private');
      const url = await fixture.serve('server.fossil', 'bob:bobpw');
      const secrets = 'SELECT uuid FROM private JOIN blob USING(rid) WHERE size>=0 ORDER BY uuid;';
      await fixture.clone(url, 'without.fossil');
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('without.fossil'), secrets), []);
      assert.equal((await fixture.artifacts('without.fossil')).length, 3);
      await fixture.clone(url, 'with.fossil', { withPrivate: true });
      assert.deepEqual(await fixture.artifacts('with.fossil'), await fixture.artifacts('server.fossil'));
      assert.deepEqual(
        await fixture.sandbox.sql(fixture.path('with.fossil'), secrets),
        await fixture.sandbox.sql(fixture.path('server.fossil'), secrets),
      );
      const told = 'SELECT count(*) FROM unclustered JOIN private USING(rid);';
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('with.fossil'), told), ['0']);
      await clean('with.fossil');
    });

    it('need the capability for private branches', async () => {
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'gio');
      const url = await fixture.serve('server.fossil', 'bob:bobpw');
      await assert.rejects(fixture.clone(url, 'with.fossil', { withPrivate: true }), (error: unknown) => {
        assert.ok(hasCode(error, 'not-authorized'), String(error));
        assert.match(error.message, /Private \(x\)/);
        return true;
      });
    });
  });
}
