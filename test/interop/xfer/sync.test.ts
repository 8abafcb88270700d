import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasCode } from '../../../src/engine/errors';
import { FossilCheckout } from './fossil-checkout';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

const lines = (count: number, change = ''): string =>
  Array.from({ length: count }, (_, index) => `line ${index}${index === 5 ? change : ''}\n`).join('');

for (const driver of drivers) {
  describe(`Syncing with fossil server with the ${driver} driver`, function () {
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

    it('pulls what others have committed, so that fossil can update to it', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      await theirs.commit('first', { 'a.txt': lines(100), 'b.bin': Uint8Array.from([0, 255, 10]) });
      await theirs.commit('second', { 'a.txt': lines(100, ' changed') });
      const statistics = await fixture.sync(url, 'ours.fossil', { pull: true, push: false });
      assert.equal(statistics.received, 5);
      assert.equal(statistics.sent, 0);
      assert.deepEqual(await fixture.artifacts('ours.fossil'), await fixture.artifacts('server.fossil'));
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('ours.fossil')), / 0 errors/);
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      assert.match(await ours.fossil('timeline', '-n', '3'), /second[^]*first/);
      assert.equal(await ours.fossil('cat', 'a.txt'), lines(100, ' changed'));
      const again = await fixture.sync(url, 'ours.fossil', { pull: true, push: false });
      assert.deepEqual([again.received, again.roundTrips], [0, 1]);
    });

    it('pushes what fossil committed here, as deltas where that pays, and forgets that it was unsent', async () => {
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await ours.commit('first', { 'a.txt': lines(2000) });
      await ours.commit('second', { 'a.txt': lines(2000, ' changed') });
      const statistics = await fixture.sync(url, 'ours.fossil', { pull: false, push: true });
      assert.equal(statistics.sent, 4);
      assert.ok(statistics.bytesSent < 12_000, String(statistics.bytesSent));
      assert.deepEqual(await fixture.artifacts('server.fossil'), await fixture.artifacts('ours.fossil'));
      assert.match(await fixture.fossil('timeline', '-n', '3', '-R', fixture.path('server.fossil')), /second[^]*first/);
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('server.fossil')), / 0 errors/);
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('ours.fossil'), 'SELECT count(*) FROM unsent;'), ['0']);
      const again = await fixture.sync(url, 'ours.fossil', { pull: false, push: true });
      assert.deepEqual([again.sent, again.roundTrips], [0, 1]);
    });

    it('goes in both directions at once', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await theirs.commit('theirs', { 'a.txt': 'a' });
      await ours.commit('ours', { 'b.txt': 'b' });
      const { received, sent } = await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      assert.deepEqual([received, sent], [2, 2]);
      assert.deepEqual(await fixture.artifacts('server.fossil'), await fixture.artifacts('ours.fossil'));
      const [leaves] = await fixture.sandbox.sql(fixture.path('ours.fossil'), 'SELECT count(*) FROM leaf;');
      assert.equal(leaves, '2');
    });

    it('pulls across clusters, and pushes more than fits into one message', async () => {
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      const files = (prefix: string, count: number, size: number): Record<string, string> =>
        Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`${prefix}${index}`, `${prefix} ${index} ${lines(size)}`]),
        );
      await theirs.commit('many', files('theirs', 950, 1));
      const pull = await fixture.sync(url, 'ours.fossil', { pull: true, push: false });
      // 951 and the clusters that the server made for this pull.
      assert.ok(pull.received > 951 && pull.received < 956, String(pull.received));
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await ours.commit('large', files('ours', 120, 500));
      const push = await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      assert.equal(push.sent, 121);
      assert.ok(push.roundTrips > 2, String(push.roundTrips));
      assert.deepEqual(await fixture.artifacts('server.fossil'), await fixture.artifacts('ours.fossil'));
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('ours.fossil')), / 0 errors/);
    });

    it('pulls although it may not push, and keeps what is unsent', async () => {
      await fixture.fossil('user', 'capabilities', 'bob', 'go', '-R', fixture.path('server.fossil'));
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await theirs.commit('theirs', { 'a.txt': 'a' });
      await ours.commit('ours', { 'b.txt': 'b' });
      const statistics = await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      assert.equal(statistics.wasPushRefused, true);
      assert.equal(statistics.received, 2);
      assert.equal(statistics.sent, 0);
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('ours.fossil'), 'SELECT count(*) FROM unsent;'), ['2']);
      await fixture.sandbox.sql(fixture.path('ours.fossil'), 'DELETE FROM unsent;');
      const { messages, wasPushRefused } = await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      assert.deepEqual([messages, wasPushRefused], [['pull only - not authorized to push'], true]);
      await assert.rejects(fixture.sync(url, 'ours.fossil', { pull: false, push: true }), (error: unknown) => {
        assert.ok(hasCode(error, 'not-authorized'));
        assert.match(error.message, /does not let user "bob" push.*Write \(i\)/);
        return true;
      });
    });

    it('says who refuses when a redirect has led to another server, where the login does not count', async () => {
      const { host, href } = new URL(url.replace(/\/\/.*@/, '//'));
      const gate = createServer((_, response) => response.writeHead(307, { Location: href }).end());
      await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
      const { port } = gate.address() as AddressInfo;
      const pushing = fixture.sync(`http://bob:bobpw@127.0.0.1:${port}/`, 'ours.fossil', { pull: false, push: true });
      const advice = `The login for 127\\.0\\.0\\.1:${port} is not sent there: use the address ${href} itself`;
      const message = new RegExp(`^${host} does not let anonymous visitors push to it\\. ${advice}`);
      await assert.rejects(pushing, { message });
      await new Promise((resolve) => gate.close(resolve));
    });

    it('does not wait for what the server does not have', async () => {
      await fixture.sandbox.sql(
        fixture.path('ours.fossil'),
        `INSERT INTO blob(rcvid,size,uuid,content) VALUES(0,-1,'${'f'.repeat(40)}',NULL); INSERT INTO phantom SELECT max(rid) FROM blob;`,
      );
      const { received, roundTrips } = await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      assert.deepEqual([received, roundTrips], [0, 1]);
    });

    it('keeps private check-ins here', async () => {
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await ours.commit('secret', { 'secret.txt': 'secret' }, '--private');
      const { sent } = await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      assert.equal(sent, 0);
      assert.equal((await fixture.artifacts('server.fossil')).length, 1);
    });

    it('refuses another project, and a wrong password', async () => {
      await fixture.newRepository('other.fossil');
      const other = await fixture.serve('other.fossil');
      await assert.rejects(fixture.sync(other, 'ours.fossil', { pull: true, push: true }), (error: unknown) =>
        hasCode(error, 'wrong-project'),
      );
      const wrong = url.replace('bobpw', 'guess');
      await assert.rejects(fixture.sync(wrong, 'ours.fossil', { pull: true, push: true }), (error: unknown) =>
        hasCode(error, 'login-failed'),
      );
    });
  });
}
