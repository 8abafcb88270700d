import assert from 'node:assert/strict';
import { hasCode } from '../../../src/engine/errors';
import type { SyncStatistics } from '../../../src/engine/xfer/client';
import { CuttingProxy, type Direction } from '../../support/cutting-proxy';
import { Seeded } from '../../support/seeded';
import { FossilCheckout } from './fossil-checkout';
import { addBob, XferFixture } from './xfer-fixture';

/** Cuts in each direction, anywhere in what an undisturbed exchange takes. */
const CUTS = 12;
const SEED = 4711;

describe('An exchange that breaks off at any byte', function () {
  this.timeout(300_000);
  let fixture: XferFixture;
  let proxy: CuttingProxy;
  let url: string;
  beforeEach(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    await addBob(fixture, 'server.fossil', 'gio');
    const direct = new URL(await fixture.serve('server.fossil', 'bob:bobpw'));
    proxy = await CuttingProxy.start(Number(direct.port));
    direct.port = String(proxy.port);
    url = direct.href;
    await fixture.clone(url, 'ours.fossil');
  });
  afterEach(async () => {
    await proxy.stop();
    await fixture.remove();
  });

  const files = (name: string, seeded: Seeded): Record<string, Uint8Array> =>
    Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${name}${index}`, seeded.bytes(3000)]));

  /** Syncs again and again, each time cut later, until one goes through. @returns that one */
  async function persist(direction: Direction, bytes: number, seeded: Seeded): Promise<SyncStatistics> {
    for (let cuts = 0; cuts < CUTS; cuts++) {
      proxy.cutAfter(direction, 1 + seeded.below(bytes));
      try {
        await fixture.sync(url, 'ours.fossil', { pull: true, push: true });
      } catch (error) {
        assert.ok(hasCode(error, 'connection-lost', 'reply-truncated'), String(error));
      }
      const { length } = await fixture.sandbox.sql(fixture.path('ours.fossil'), 'SELECT uuid FROM blob WHERE size>=0;');
      assert.ok(length >= 1);
    }
    assert.ok(proxy.cuts >= 3, `${proxy.cuts} cuts`);
    proxy.mend();
    return fixture.sync(url, 'ours.fossil', { pull: true, push: true });
  }

  for (const direction of ['request', 'reply'] as const) {
    it(`loses nothing when it is the ${direction} that is cut, and goes on where it was`, async () => {
      const seeded = new Seeded(SEED);
      const theirs = await FossilCheckout.open(fixture, 'server.fossil');
      const ours = await FossilCheckout.open(fixture, 'ours.fossil');
      await theirs.commit('theirs', files('theirs', seeded));
      await ours.commit('ours', files('ours', seeded));
      try {
        await persist(direction, 60_000, seeded);
      } catch (error) {
        throw new Error(`seed ${SEED}: ${String(error)}`, { cause: error });
      }
      assert.deepEqual(await fixture.artifacts('ours.fossil'), await fixture.artifacts('server.fossil'));
      for (const name of ['server.fossil', 'ours.fossil']) {
        assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path(name)), / 0 errors/);
        assert.deepEqual(await fixture.sandbox.sql(fixture.path(name), 'SELECT count(*) FROM phantom;'), ['0']);
      }
      assert.deepEqual(await fixture.sandbox.sql(fixture.path('ours.fossil'), 'SELECT count(*) FROM unsent;'), ['0']);
    });
  }

  it('has stored what came whole before, so that it need not come again', async () => {
    const theirs = await FossilCheckout.open(fixture, 'server.fossil');
    await theirs.commit('theirs', files('theirs', new Seeded(SEED)));
    // Of the names little passes, then 41 artifacts: the cut is in the midst of them.
    proxy.cutAfter('reply', 70_000);
    await assert.rejects(fixture.sync(url, 'ours.fossil', { pull: true, push: false }), (error: unknown) =>
      hasCode(error, 'connection-lost', 'reply-truncated'),
    );
    const kept = (await fixture.artifacts('ours.fossil')).length - 1;
    assert.ok(kept > 10 && kept < 41, String(kept));
    const { received } = await fixture.sync(url, 'ours.fossil', { pull: true, push: false });
    assert.equal(received, 41 - kept);
    assert.deepEqual(await fixture.artifacts('ours.fossil'), await fixture.artifacts('server.fossil'));
  });
});
