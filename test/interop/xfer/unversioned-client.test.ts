import assert from 'node:assert/strict';
import { hasCode } from '../../../src/engine/errors';
import type { Progress } from '../../../src/engine/progress';
import { httpTransport } from '../../../src/engine/transport/http';
import { synchronize } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { UnversionedClient, type UnversionedSyncOptions } from '../../../src/engine/xfer/unversioned-client';
import type { UnversionedOutcome } from '../../../src/engine/xfer/unversioned-moves';
import { Seeded } from '../../support/seeded';
import { changeFiles, engineAdd, filesOf, fossilAdd, syncFiles } from './unversioned-files';
import { addBob, XferFixture } from './xfer-fixture';

const DAY = 86_400;
const NOON = 1_767_312_000;

describe('A sync of unversioned files with a stock server', () => {
  let fixture: XferFixture;
  let url: string;
  beforeEach(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    await addBob(fixture, 'server.fossil', 'gioy');
    url = await fixture.serve('server.fossil', 'bob:bobpw');
    await fixture.clone(url, 'ours.fossil');
  });
  afterEach(() => fixture.remove());

  const sync = (
    options: UnversionedSyncOptions & { onProgress?: (progress: Progress) => void } = {},
  ): ReturnType<typeof syncFiles> => syncFiles(fixture, 'ours.fossil', url, options);

  /** The moves without their bytes, by name. */
  const movesOf = ({ moves }: UnversionedOutcome): string[] =>
    moves.map(({ name, action }) => `${action} ${name}`).sort();

  /** Both sides hold the same, and fossil says so too. */
  async function assertEqualSides(): Promise<void> {
    assert.deepEqual(filesOf(fixture, 'ours.fossil'), filesOf(fixture, 'server.fossil'));
    const hashes = ['ours.fossil', 'server.fossil'].map((name) =>
      fixture.fossil('uv', 'hash', '--debug', '-R', fixture.path(name)),
    );
    const [ours, theirs] = await Promise.all(hashes);
    assert.equal(ours, theirs);
    const { moves, roundTrips } = await sync();
    assert.deepEqual([moves, roundTrips], [[], 1]);
  }

  it('moves new files both ways and then nothing more', async () => {
    await fossilAdd(fixture, 'server.fossil', { name: 'theirs/a.txt', content: 'theirs\n'.repeat(99), mtime: NOON });
    await fossilAdd(fixture, 'server.fossil', { name: 'leer', content: '', mtime: NOON });
    engineAdd(fixture, 'ours.fossil', { name: 'ours/b.bin', content: new Seeded(1).bytes(5000), mtime: NOON });
    engineAdd(fixture, 'ours.fossil', { name: 'ours/leer', content: '', mtime: NOON });
    const outcome = await sync();
    assert.deepEqual(movesOf(outcome), ['pull leer', 'pull theirs/a.txt', 'push ours/b.bin', 'push ours/leer']);
    assert.equal(outcome.roundTrips, 2);
    assert.deepEqual(outcome.missing, []);
    assert.equal(await fixture.fossil('uv', 'cat', 'theirs/a.txt', '-R', fixture.path('ours.fossil')), 'theirs\n'.repeat(99)); // prettier-ignore
    await fixture.fossil('test-integrity', '-R', fixture.path('ours.fossil'));
  });

  it('lets the younger content win, each way', async () => {
    for (const name of ['a', 'b']) {
      await fossilAdd(fixture, 'server.fossil', { name, content: 'server', mtime: NOON + (name === 'a' ? DAY : 0) });
      engineAdd(fixture, 'ours.fossil', { name, content: 'ours', mtime: NOON + (name === 'b' ? DAY : 0) });
    }
    assert.deepEqual(movesOf(await sync()), ['pull a', 'push b']);
    const contents = changeFiles(fixture, 'ours.fossil', (files) => ['a', 'b'].map((name) => files.find(name)?.size));
    assert.deepEqual(contents, ['server'.length, 'ours'.length]);
    await assertEqualSides();
  });

  it('decides between contents of the same age by their hashes, as the other side does', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await fossilAdd(fixture, 'server.fossil', { name, content: `server ${name}`, mtime: NOON });
      engineAdd(fixture, 'ours.fossil', { name, content: `ours ${name}`, mtime: NOON });
    }
    const moves = movesOf(await sync());
    assert.equal(moves.length, 4);
    assert.ok(moves.some((move) => move.startsWith('pull')) && moves.some((move) => move.startsWith('push')), String(moves)); // prettier-ignore
    await assertEqualSides();
  });

  it('moves the time alone where the content is the same', async () => {
    for (const name of ['a', 'b']) {
      await fossilAdd(fixture, 'server.fossil', { name, content: 'same', mtime: NOON + (name === 'a' ? DAY : 0) });
      engineAdd(fixture, 'ours.fossil', { name, content: 'same', mtime: NOON + (name === 'b' ? DAY : 0) });
    }
    const outcome = await sync();
    assert.deepEqual(movesOf(outcome), ['pull-time a', 'push-time b']);
    assert.equal(outcome.moves.reduce((sum, { bytes }) => sum + bytes, 0), 0); // prettier-ignore
    await assertEqualSides();
  });

  it('deletes what was deleted on the other side, each way, and revives what was added again later', async () => {
    for (const name of ['a', 'b', 'c'])
      await fossilAdd(fixture, 'server.fossil', { name, content: 'text', mtime: NOON });
    await sync();
    await fixture.fossil('uv', 'rm', 'a', '-R', fixture.path('server.fossil'));
    changeFiles(fixture, 'ours.fossil', (files) => files.markDeleted('b', NOON + DAY));
    changeFiles(fixture, 'ours.fossil', (files) => files.markDeleted('c', NOON + DAY));
    await fossilAdd(fixture, 'server.fossil', { name: 'c', content: 'again', mtime: NOON + 2 * DAY });
    assert.deepEqual(movesOf(await sync()), ['pull c', 'pull-deletion a', 'push b']);
    assert.deepEqual(filesOf(fixture, 'server.fossil').map((line) => line.split(' ')[0]), ['c']); // prettier-ignore
    await assertEqualSides();
  });

  it('reverts to what the server has: younger files, deletions, times and new files here are given up', async () => {
    for (const name of ['changed', 'deleted', 'touched', 'same'])
      await fossilAdd(fixture, 'server.fossil', { name, content: 'server', mtime: NOON });
    await sync();
    const before = filesOf(fixture, 'server.fossil');
    engineAdd(fixture, 'ours.fossil', { name: 'changed', content: 'ours', mtime: NOON + DAY });
    engineAdd(fixture, 'ours.fossil', { name: 'new', content: 'ours', mtime: NOON + DAY });
    changeFiles(fixture, 'ours.fossil', (files) => {
      files.markDeleted('deleted', NOON + DAY);
      files.setTime('touched', NOON + DAY);
    });
    const outcome = await sync({ reverts: true });
    assert.deepEqual(movesOf(outcome), ['drop new', 'pull changed', 'pull deleted', 'pull-time touched']);
    assert.deepEqual(filesOf(fixture, 'server.fossil'), before);
    await assertEqualSides();
  });

  it('tells in a dry run what it would do, and does nothing', async () => {
    await fossilAdd(fixture, 'server.fossil', { name: 'theirs', content: 'x', mtime: NOON });
    engineAdd(fixture, 'ours.fossil', { name: 'ours', content: 'x', mtime: NOON });
    const outcome = await sync({ isDryRun: true });
    assert.deepEqual(movesOf(outcome), ['pull theirs', 'push ours']);
    assert.equal(outcome.roundTrips, 1);
    assert.equal(filesOf(fixture, 'ours.fossil').length, 1);
    assert.equal(filesOf(fixture, 'server.fossil').length, 1);
    assert.deepEqual(movesOf(await sync({ isDryRun: true, reverts: true })), ['drop ours', 'pull theirs']);
    assert.equal(filesOf(fixture, 'ours.fossil').length, 1);
  });

  it('sends and receives more than fits into one message, and knows all sizes from the first reply on', async () => {
    const seeded = new Seeded(7);
    for (let i = 0; i < 8; i++) {
      await fossilAdd(fixture, 'server.fossil', { name: `down${i}`, content: seeded.bytes(900_000), mtime: NOON });
      engineAdd(fixture, 'ours.fossil', { name: `up${i}`, content: seeded.bytes(150_000), mtime: NOON });
    }
    const reports: Progress[] = [];
    const outcome = await sync({ onProgress: (progress) => reports.push(progress) });
    assert.equal(outcome.moves.length, 16);
    assert.ok(outcome.roundTrips >= 5, String(outcome.roundTrips));
    const totals = new Set(
      reports
        .filter(({ phase, roundTrips }) => roundTrips > 1 && phase !== 'finish')
        .map(({ artifacts }) => artifacts.total),
    );
    assert.deepEqual([...totals], [16]);
    await assertEqualSides();
  });

  it('takes files from a server that takes none, and says that ours stay here', async () => {
    await fixture.fossil('user', 'capabilities', 'bob', 'gio', '-R', fixture.path('server.fossil'));
    await fossilAdd(fixture, 'server.fossil', { name: 'theirs', content: 'x', mtime: NOON });
    engineAdd(fixture, 'ours.fossil', { name: 'ours', content: 'x', mtime: NOON });
    const outcome = await sync();
    assert.deepEqual(movesOf(outcome), ['pull theirs']);
    assert.equal(outcome.wasPushRefused, true);
    assert.equal(filesOf(fixture, 'server.fossil').length, 1);
    assert.equal(filesOf(fixture, 'ours.fossil').length, 2);
    assert.deepEqual(movesOf(await sync({ reverts: true })), ['drop ours']);
  });

  it('goes along with a pull and a push of artifacts', async () => {
    await fossilAdd(fixture, 'server.fossil', { name: 'theirs', content: 'x', mtime: NOON });
    engineAdd(fixture, 'ours.fossil', { name: 'ours', content: new Seeded(3).bytes(400_000), mtime: NOON });
    const repository = fixture.open('ours.fossil');
    try {
      repository.transaction(() => {
        const { rid } = repository.blobs.put(new Seeded(4).bytes(300_000));
        repository.db.prepare('INSERT OR IGNORE INTO unsent VALUES(?)').run(rid);
      });
      const part = new UnversionedClient(repository);
      const options = { pull: true, push: true, parts: [part] };
      const { sent } = await synchronize(repository, httpTransport({ variables: {} }), parseRemote(url), options);
      assert.equal(sent, 1);
      assert.deepEqual(movesOf(part.outcome), ['pull theirs', 'push ours']);
    } finally {
      repository.close();
    }
    await assertEqualSides();
  });

  it('keeps its own file when the server has lost the content that it announces', async () => {
    await fossilAdd(fixture, 'server.fossil', { name: 'lost', content: 'younger', mtime: NOON + DAY });
    await fixture.sandbox.sql(fixture.path('server.fossil'), "UPDATE unversioned SET content=NULL, encoding=0 WHERE name='lost';"); // prettier-ignore
    engineAdd(fixture, 'ours.fossil', { name: 'lost', content: 'older', mtime: NOON });
    const outcome = await sync();
    assert.deepEqual([outcome.moves, outcome.missing], [[], ['lost']]);
    assert.equal(
      changeFiles(fixture, 'ours.fossil', (files) => files.find('lost')?.size),
      'older'.length,
    );
  });

  it('refuses content that does not match its hash, and keeps its own', async () => {
    await fossilAdd(fixture, 'server.fossil', { name: 'forged', content: 'younger', mtime: NOON + DAY });
    await fixture.sandbox.sql(fixture.path('server.fossil'), "UPDATE unversioned SET content='forgery', encoding=0;");
    engineAdd(fixture, 'ours.fossil', { name: 'forged', content: 'older', mtime: NOON });
    await assert.rejects(sync(), (error) => hasCode(error, 'hash-mismatch'));
    assert.equal(
      changeFiles(fixture, 'ours.fossil', (files) => files.find('forged')?.size),
      'older'.length,
    );
  });
});
