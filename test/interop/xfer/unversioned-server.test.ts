import assert from 'node:assert/strict';
import { serveRepository } from '../../../src/engine/operations/serve';
import { Seeded } from '../../support/seeded';
import { changeFiles, engineAdd, filesOf, fossilAdd, syncFiles } from './unversioned-files';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

const DAY = 86_400;
const NOON = 1_767_312_000;

for (const driver of drivers) {
  describe(`Serving unversioned files with the ${driver} driver`, () => {
    let fixture: XferFixture;
    const closing: (() => Promise<void> | void)[] = [];
    beforeEach(async () => {
      fixture = await XferFixture.create(driver);
      await fixture.newRepository('server.fossil');
      await addBob(fixture, 'server.fossil', 'gioy');
    });
    afterEach(async () => {
      await stop();
      await fixture.remove();
    });

    async function serve(options: { isReadOnly?: boolean } = {}): Promise<string> {
      const repository = fixture.open('server.fossil');
      const server = await serveRepository(repository, { port: 0, ...options });
      closing.push(() => repository.close());
      closing.push(() => server.close());
      return server.url.replace('://', '://bob:bobpw@');
    }

    /** Stops serving, so that others see the file as it is. */
    async function stop(): Promise<void> {
      for (const close of closing.splice(0).reverse()) await close();
    }

    const theirs = (...args: string[]): Promise<string> => fixture.fossil(...args, '-R', fixture.path('theirs.fossil'));

    it('lets fossil sync files both ways: new ones, younger ones, times and deletions', async () => {
      engineAdd(fixture, 'server.fossil', { name: 'server/new', content: 'server\n'.repeat(99), mtime: NOON });
      for (const name of ['down', 'up', 'time-down', 'time-up', 'gone-down', 'gone-up', 'leer'])
        engineAdd(fixture, 'server.fossil', { name, content: name === 'leer' ? '' : 'first', mtime: NOON });
      const url = await serve();
      await fixture.fossil('clone', '-u', url, fixture.path('theirs.fossil'));
      await stop();
      assert.equal(filesOf(fixture, 'theirs.fossil').length, 8);
      engineAdd(fixture, 'server.fossil', { name: 'down', content: 'second', mtime: NOON + DAY });
      changeFiles(fixture, 'server.fossil', (files) => {
        files.setTime('time-down', NOON + DAY);
        files.markDeleted('gone-down', NOON + DAY);
      });
      await fossilAdd(fixture, 'theirs.fossil', { name: 'up', content: 'second', mtime: NOON + DAY });
      await fossilAdd(fixture, 'theirs.fossil', { name: 'new', content: 'theirs', mtime: NOON });
      await theirs('uv', 'touch', 'time-up', '--mtime', '2026-01-05');
      await theirs('uv', 'rm', 'gone-up');
      const again = await serve();
      await theirs('uv', 'sync', again);
      await stop();
      assert.deepEqual(filesOf(fixture, 'theirs.fossil'), filesOf(fixture, 'server.fossil'));
      const names = filesOf(fixture, 'server.fossil').map((line) => line.split(' ').slice(0, 2).join(' '));
      assert.deepEqual(names, [
        `down ${NOON + DAY}`,
        `leer ${NOON}`,
        `new ${NOON}`,
        `server/new ${NOON}`,
        `time-down ${NOON + DAY}`,
        'time-up 1767571200',
        `up ${NOON + DAY}`,
      ]);
      assert.equal(await theirs('uv', 'hash', '--debug'), await fixture.fossil('uv', 'hash', '--debug', '-R', fixture.path('server.fossil'))); // prettier-ignore
      assert.match(await fixture.fossil('test-integrity', '-R', fixture.path('server.fossil')), / 0 errors/);
    });

    it('moves more than fits into one message, each way', async () => {
      const seeded = new Seeded(11);
      for (let i = 0; i < 7; i++)
        engineAdd(fixture, 'server.fossil', { name: `down${i}`, content: seeded.bytes(1_000_000), mtime: NOON });
      const url = await serve();
      await fixture.fossil('clone', url, fixture.path('theirs.fossil'));
      for (let i = 0; i < 5; i++)
        await fossilAdd(fixture, 'theirs.fossil', { name: `up${i}`, content: seeded.bytes(200_000), mtime: NOON });
      await theirs('uv', 'sync', url);
      await stop();
      assert.equal(filesOf(fixture, 'server.fossil').length, 12);
      assert.deepEqual(filesOf(fixture, 'theirs.fossil'), filesOf(fixture, 'server.fossil'));
    });

    it('credits what comes to who has sent it', async () => {
      const url = await serve();
      await fixture.fossil('clone', url, fixture.path('theirs.fossil'));
      await fossilAdd(fixture, 'theirs.fossil', { name: 'a', content: 'x', mtime: NOON });
      await theirs('uv', 'sync', url);
      await stop();
      const rows = await fixture.sandbox.sql(
        fixture.path('server.fossil'),
        'SELECT login, length(nonce), rcvfrom.ipaddr FROM unversioned JOIN rcvfrom USING(rcvid) JOIN user USING(uid);',
      );
      assert.deepEqual(rows, ['bob|40|127.0.0.1']);
    });

    it('takes nothing from who may not write, and from nobody when it only reads; it still gives', async () => {
      engineAdd(fixture, 'server.fossil', { name: 'server', content: 'x', mtime: NOON });
      await fixture.fossil('user', 'capabilities', 'bob', 'gio', '-R', fixture.path('server.fossil'));
      const url = await serve();
      await fixture.fossil('clone', url, fixture.path('theirs.fossil'));
      await fossilAdd(fixture, 'theirs.fossil', { name: 'theirs', content: 'x', mtime: NOON });
      await theirs('uv', 'sync', url);
      await stop();
      assert.equal(filesOf(fixture, 'server.fossil').length, 1);
      assert.equal(filesOf(fixture, 'theirs.fossil').length, 2);
      await fixture.fossil('user', 'capabilities', 'bob', 'gioy', '-R', fixture.path('server.fossil'));
      await theirs('uv', 'sync', await serve({ isReadOnly: true }));
      await stop();
      assert.equal(filesOf(fixture, 'server.fossil').length, 1);
    });

    it('offers its files to a clone where the setting uv-sync says so', async () => {
      engineAdd(fixture, 'server.fossil', { name: 'a', content: 'x', mtime: NOON });
      await fixture.fossil('settings', 'uv-sync', 'on', '-R', fixture.path('server.fossil'));
      await fixture.fossil('clone', await serve(), fixture.path('theirs.fossil'));
      await stop();
      assert.deepEqual(filesOf(fixture, 'theirs.fossil'), filesOf(fixture, 'server.fossil'));
    });

    it('lets fossil revert to what the server has', async () => {
      engineAdd(fixture, 'server.fossil', { name: 'a', content: 'server', mtime: NOON });
      const url = await serve();
      await fixture.fossil('clone', '-u', url, fixture.path('theirs.fossil'));
      await fossilAdd(fixture, 'theirs.fossil', { name: 'a', content: 'theirs', mtime: NOON + DAY });
      await fossilAdd(fixture, 'theirs.fossil', { name: 'b', content: 'theirs', mtime: NOON + DAY });
      await theirs('uv', 'revert', url);
      await stop();
      assert.deepEqual(filesOf(fixture, 'theirs.fossil'), filesOf(fixture, 'server.fossil'));
    });

    it('syncs with our own client', async () => {
      engineAdd(fixture, 'server.fossil', { name: 'server', content: 'x', mtime: NOON });
      const url = await serve();
      await fixture.clone(url, 'ours.fossil');
      engineAdd(fixture, 'ours.fossil', { name: 'ours', content: new Seeded(5).bytes(700_000), mtime: NOON });
      const { moves } = await syncFiles(fixture, 'ours.fossil', url);
      assert.equal(moves.length, 2);
      assert.deepEqual((await syncFiles(fixture, 'ours.fossil', url)).moves, []);
      await stop();
      assert.equal(filesOf(fixture, 'server.fossil').length, 2);
      assert.deepEqual(filesOf(fixture, 'ours.fossil'), filesOf(fixture, 'server.fossil'));
    });
  });
}
