import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { byteTextOf } from '../../../src/engine/codec/byte-text';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { httpTransport } from '../../../src/engine/transport/http';
import { cloneInto, synchronize, type SyncStatistics } from '../../../src/engine/xfer/client';
import type { XferEvent } from '../../../src/engine/xfer/observer';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { parseTranscript } from '../../../src/engine/xfer/transcript';
import { recordingTransport } from '../../../src/engine/xfer/transcript-recorder';
import { replayingTransport, type ReplayOptions } from '../../../src/engine/xfer/transcript-replay';
import type { Transport } from '../../../src/engine/xfer/transport';
import { CommandLine } from '../cli/command-line';
import { drivers } from '../checkout/fossil-fixture';
import { addBob, XferFixture } from './xfer-fixture';

/** A message without what is new each time: the login and the random last line. */
const withoutNonce = (message: Uint8Array): string =>
  byteTextOf(message)
    .replace(/^login .*\n/, '')
    .replace(/# [0-9A-F]{40}\n$/, '');

describe('A session with fossil server', function () {
  this.timeout(120_000);
  let fixture: XferFixture;
  let url: string;

  beforeEach(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    await addBob(fixture, 'server.fossil', 'gio');
    url = await fixture.serve('server.fossil', 'bob:bobpw');
    await commit('server.fossil', 'theirs', { 'a.txt': 'one\n'.repeat(300), 'b.bin': 'x' });
  });
  afterEach(() => fixture.remove());

  async function commit(repository: string, comment: string, files: Record<string, string>): Promise<void> {
    const directory = fixture.path(`${repository}-${comment}.d`);
    await mkdir(directory);
    const fossil = (...args: string[]): Promise<string> => fixture.sandbox.fossil(args, { cwd: directory });
    await fossil('open', fixture.path(repository));
    await fossil('settings', 'autosync', 'off');
    for (const [name, content] of Object.entries(files)) await writeFile(`${directory}/${name}`, content);
    await fossil('addremove');
    await fossil('commit', '--no-warnings', '-m', comment);
    await fossil('close');
  }

  function recorded(): { transport: Transport; file: () => Buffer } {
    const pieces: Uint8Array[] = [];
    const { zlib, clock } = fixture.environment;
    const write = (bytes: Uint8Array): void => void pieces.push(bytes);
    return {
      transport: recordingTransport(httpTransport({ variables: {} }), { zlib, clock, write }),
      file: () => Buffer.concat(pieces),
    };
  }

  function replayed(file: Uint8Array, onRequest?: ReplayOptions['onRequest']): Transport {
    const options = { zlib: fixture.environment.zlib, ...(onRequest === undefined ? {} : { onRequest }) };
    return replayingTransport(parseTranscript(file), options);
  }

  async function clone(name: string, transport: Transport): Promise<void> {
    const path = fixture.path(name);
    const options = { adminUser: 'tester', withInitialCheckin: false, projectCode: null, isPrivate: true };
    const repository = createRepository(fixture.environment, path, options);
    try {
      await cloneInto(repository, transport, parseRemote(url), {});
    } finally {
      repository.close();
    }
  }

  async function sync(
    name: string,
    transport: Transport,
    onEvent?: (event: XferEvent) => void,
  ): Promise<SyncStatistics> {
    const repository = fixture.open(name);
    try {
      const options = { pull: true, push: true, ...(onEvent === undefined ? {} : { onEvent }) };
      return await synchronize(repository, transport, parseRemote(url), options);
    } finally {
      repository.close();
    }
  }

  const stateOf = async (name: string): Promise<string[]> =>
    fixture.sandbox.sql(
      fixture.path(name),
      `SELECT 'blob ' || uuid || ' ' || size FROM blob
       UNION ALL SELECT 'unsent ' || uuid FROM unsent JOIN blob USING(rid)
       UNION ALL SELECT 'unclustered ' || uuid FROM unclustered JOIN blob USING(rid)
       UNION ALL SELECT 'event ' || type || ' ' || uuid || ' ' || comment FROM event JOIN blob ON objid=rid
       UNION ALL SELECT 'config ' || name || ' ' || value FROM config WHERE name NOT IN ('rebuilt', 'server-code')
       ORDER BY 1;`,
    );

  it('is recorded without the password and what gives it away', async () => {
    await clone('ours.fossil', recorded().transport);
    await commit('ours.fossil', 'ours', { 'c.txt': 'in c.txt\n\n' });
    const { transport, file } = recorded();
    await sync('ours.fossil', transport);
    const text = file().toString('latin1');
    assert.match(text, /\nlogin bob removed removed\npragma client-version /);
    assert.match(text, /\nfile [0-9a-f]{64} 10\nin c.txt\n\n/);
    const [stored] = await fixture.sandbox.sql(fixture.path('server.fossil'), "SELECT pw FROM user WHERE login='bob';");
    assert.ok(stored !== undefined && stored.length === 40);
    assert.ok(!text.includes('bobpw') && !text.includes(stored));
  });

  it('leads to the same clone when it is replayed', async () => {
    const { transport, file } = recorded();
    await clone('ours.fossil', transport);
    await clone('again.fossil', replayed(file()));
    assert.deepEqual(await stateOf('again.fossil'), await stateOf('ours.fossil'));
    assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path('again.fossil')), / 0 errors/);
  });

  it('leads to the same sync, sending the same, when it is replayed from the same repository', async () => {
    await clone('ours.fossil', httpTransport({ variables: {} }));
    await commit('server.fossil', 'more', { 'a.txt': 'one\n'.repeat(299) });
    await commit('ours.fossil', 'ours', { 'c.txt': 'two\n'.repeat(300) });
    await copyFile(fixture.path('ours.fossil'), fixture.path('again.fossil'));
    const { transport, file } = recorded();
    const first = await sync('ours.fossil', transport);
    assert.ok(first.received > 0 && first.sent > 0);
    let messages = 0;
    const second = await sync(
      'again.fossil',
      replayed(file(), (sent, then) => {
        messages++;
        assert.equal(withoutNonce(sent), withoutNonce(then ?? new Uint8Array(0)));
      }),
    );
    assert.equal(messages, first.roundTrips);
    assert.deepEqual(
      { ...second, bytesReceived: 0, bytesSent: 0, clockSkew: undefined },
      { ...first, bytesReceived: 0, bytesSent: 0, clockSkew: undefined },
    );
    assert.deepEqual(await stateOf('again.fossil'), await stateOf('ours.fossil'));
  });

  it('is told to a listener as it goes, and the counts are those of the statistics', async () => {
    await clone('ours.fossil', httpTransport({ variables: {} }));
    await commit('server.fossil', 'more', { 'a.txt': 'one\n'.repeat(299) });
    await commit('ours.fossil', 'ours', { 'a.txt': 'one\n'.repeat(301) });
    const events: XferEvent[] = [];
    const statistics = await sync('ours.fossil', httpTransport({ variables: {} }), (event) => events.push(event));
    const rounds = events.filter((event) => event.type === 'round-completed');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['session-started', ...rounds.flatMap(() => ['round-started', 'round-completed']), 'session-completed'],
    );
    const [started] = events;
    assert.ok(started?.type === 'session-started');
    assert.equal(started.session.operation, 'sync');
    assert.equal(started.session.url, url.replace(':bobpw', ''));
    const end = events.at(-1);
    assert.ok(end?.type === 'session-completed' && end.error === undefined);
    assert.equal(end.session, started.session);
    const { bytesReceived, bytesSent, received, sent, roundTrips } = statistics;
    assert.deepEqual(
      [end.bytesReceived, end.bytesSent, end.filesReceived, end.filesSent, end.rounds],
      [bytesReceived, bytesSent, received, sent, roundTrips],
    );
    const first = rounds[0];
    assert.ok(first);
    assert.deepEqual(
      ['login', 'pull', 'push', '#'].map((keyword) => first.sent.cards.byKeyword[keyword]),
      [1, 1, 1, 1],
    );
    // The file and its check-in have changed a little: both travel as deltas.
    assert.deepEqual([first.sent.cards.files, first.sent.cards.deltas], [2, 2]);
    assert.ok(first.received.cards.igots > 0);
    assert.ok(rounds.some(({ sent: { cards } }) => cards.gimmes > 0));
  });

  it('that the server refuses is told with the words of the server', async () => {
    await clone('ours.fossil', httpTransport({ variables: {} }));
    await fixture.fossil('user', 'password', 'bob', 'other', '-R', fixture.path('server.fossil'));
    const events: XferEvent[] = [];
    await assert.rejects(sync('ours.fossil', httpTransport({ variables: {} }), (event) => events.push(event)));
    assert.ok(events.some((event) => event.type === 'error' && event.text === 'login failed'));
    const end = events.at(-1);
    assert.ok(end?.type === 'session-completed');
    assert.equal(end.error?.code, 'login-failed');
  });

  it('is kept in a file by --transcript, which nobody else may read and which replaces nothing', async () => {
    const commandLine = await CommandLine.create(drivers[0] ?? 'portable');
    try {
      await commandLine.succeed(['clone', url, 'ours.fossil', '--transcript', 'clone.txt']);
      await commandLine.succeed(['sync', '-R', 'ours.fossil', '--transcript', 'sync.txt']);
      const file = await readFile(commandLine.path('clone.txt'));
      assert.equal((await stat(commandLine.path('clone.txt'))).mode & 0o777, 0o600);
      await clone('again.fossil', replayed(file));
      assert.deepEqual(await fixture.artifacts('again.fossil'), await fixture.artifacts('server.fossil'));
      const kinds = parseTranscript(await readFile(commandLine.path('sync.txt'))).map(({ kind }) => kind);
      assert.deepEqual(kinds, ['session', 'request', 'reply']);
      const { exitCode, complaints } = await commandLine.run([
        ...['sync', '-R', 'ours.fossil', '--transcript', 'ours.fossil'],
      ]);
      assert.equal(exitCode, 1);
      assert.match(complaints, /ours\.fossil exists already/);
    } finally {
      await commandLine.remove();
    }
  });
});
