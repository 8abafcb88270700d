import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { serveRepository } from '../../../src/engine/operations/serve';
import type { Hash } from '../../../src/engine/identifiers';
import { CheckinLockClient } from '../../../src/engine/xfer/checkin-lock-client';
import { addBob, XferFixture } from './xfer-fixture';

const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];

describe('Check-in locks', () => {
  let fixture: XferFixture;
  let tip: Hash;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    await addBob(fixture, 'server.fossil', 'gio');
    const [hash = ''] = await fixture.sandbox.sql(
      fixture.path('server.fossil'),
      'SELECT uuid FROM leaf JOIN blob USING(rid);',
    );
    tip = hash as Hash;
  });
  afterEach(async () => {
    await stop();
    await fixture.remove();
  });

  async function serveOurs(options: { isReadOnly?: boolean } = {}): Promise<string> {
    const repository = fixture.open('server.fossil');
    const server = await serveRepository(repository, { port: 0, ...options });
    closing.push(() => repository.close());
    closing.push(() => server.close());
    return server.url.replace('://', '://bob:bobpw@');
  }

  async function stop(): Promise<void> {
    for (const close of closing.splice(0).reverse()) await close();
  }

  /** Locks, or gives back without a check-in, as a client of its own. */
  async function lock(url: string, clientId: string, checkin?: Hash): Promise<CheckinLockClient> {
    const part = new CheckinLockClient(clientId, checkin);
    await fixture.sync(url, 'ours.fossil', { pull: true, push: false, parts: [part] });
    return part;
  }

  const locks = (): Promise<string[]> =>
    fixture.sandbox.sql(
      fixture.path('server.fossil'),
      "SELECT substr(name,9), value->>'login', value->>'clientid' FROM config WHERE name GLOB 'ci-lock-*';",
    );

  for (const peer of ['stock', 'own'] as const) {
    describe(`with ${peer === 'stock' ? 'a stock server' : 'our server'}`, () => {
      let url: string;
      beforeEach(async () => {
        url = peer === 'stock' ? await fixture.serve('server.fossil', 'bob:bobpw') : await serveOurs();
        await fixture.clone(url, 'ours.fossil');
      });

      it('are had by who comes first, again too; who comes second hears of the first and since when', async () => {
        const before = Math.floor(Date.now() / 1000);
        assert.equal((await lock(url, ONE, tip)).holder, undefined);
        assert.equal((await lock(url, ONE, tip)).holder, undefined);
        const { holder } = await lock(url, TWO, tip);
        assert.equal(holder?.user, 'bob');
        assert.ok(holder.since !== undefined && holder.since >= before && holder.since <= before + 60);
        await stop();
        assert.deepEqual(await locks(), [`${tip}|bob|${ONE}`]);
      });

      it('are given back by their holder alone', async () => {
        await lock(url, ONE, tip);
        await lock(url, TWO);
        assert.equal((await lock(url, TWO, tip)).holder?.user, 'bob');
        await lock(url, ONE);
        assert.equal((await lock(url, TWO, tip)).holder, undefined);
      });

      it('end after their time', async () => {
        await fixture.fossil('settings', 'lock-timeout', '1', '-R', fixture.path('server.fossil'));
        await stop();
        if (peer === 'own') url = await serveOurs();
        await lock(url, ONE, tip);
        const end = Date.now() + 10_000;
        let { holder } = await lock(url, TWO, tip);
        while (holder !== undefined && Date.now() < end) ({ holder } = await lock(url, TWO, tip));
        assert.equal(holder, undefined);
      });

      it('of ours stop the commit of a stock client, until they are given back', async () => {
        await fixture.fossil('clone', url, fixture.path('theirs.fossil'));
        const directory = fixture.path('theirs');
        await mkdir(directory);
        const fossil = (...args: string[]): Promise<string> => fixture.sandbox.fossil(args, { cwd: directory });
        await fossil('open', '--nosync', fixture.path('theirs.fossil'));
        await fixture.sandbox.sql(
          fixture.path('theirs.fossil'),
          "REPLACE INTO config(name, value, mtime) VALUES('last-sync-pw', obscure('bobpw'), now());",
        );
        await writeFile(`${directory}/file`, 'content');
        await fossil('add', 'file');
        await lock(url, ONE, tip);
        const committing = fossil('commit', '-m', 'change', '--no-warnings', '--no-prompt');
        await assert.rejects(committing, /check-in race with user "bob"/);
        await lock(url, ONE);
        await fossil('commit', '-m', 'change', '--no-warnings', '--no-prompt');
        await stop();
        assert.deepEqual(await locks(), []);
      });

      it('come with the wish for complete manifests where the server has it', async () => {
        await fixture.fossil('settings', 'forbid-delta-manifests', 'off', '-R', fixture.path('server.fossil'));
        if (peer === 'own') {
          await stop();
          url = await serveOurs();
        }
        assert.equal((await lock(url, ONE, tip)).avoidsDeltaManifests, false);
        await stop();
        await fixture.fossil('settings', 'forbid-delta-manifests', 'on', '-R', fixture.path('server.fossil'));
        if (peer === 'own') url = await serveOurs();
        assert.equal((await lock(url, ONE, tip)).avoidsDeltaManifests, true);
      });
    });
  }

  it('are not kept by our server for what is no leaf, and for nobody where it only reads', async () => {
    let url = await serveOurs();
    await fixture.clone(url, 'ours.fossil');
    await lock(url, ONE, '3'.repeat(40) as Hash);
    await stop();
    assert.deepEqual(await locks(), []);
    url = await serveOurs({ isReadOnly: true });
    assert.equal((await lock(url, ONE, tip)).holder, undefined);
    assert.equal((await lock(url, TWO, tip)).holder, undefined);
    await stop();
    assert.deepEqual(await locks(), []);
  });
});
