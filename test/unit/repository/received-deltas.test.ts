import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { CrosslinkSession } from '../../../src/engine/repository/crosslink-session';
import { receiveArtifact, type ReceivedArtifact } from '../../../src/engine/repository/receive';
import { Repository } from '../../../src/engine/repository/repository';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { synchronize } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { handleXfer } from '../../../src/engine/xfer/server';

const LINES = Array.from({ length: 100 }, (_, index) => `line ${index * 7919}\n`).join('');

describe('A delta that is received', () => {
  let directory: string;
  let repository: Repository;
  let server: Repository;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-received-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const create = (name: string): Repository =>
      createRepository(environment, join(directory, name), { adminUser: 'tester', isPrivate: true });
    [repository, server] = [create('a.fossil'), create('b.fossil')];
    server.db.prepare("UPDATE user SET cap='gio' WHERE login='nobody'").run();
    repository.transaction(() => repository.config.set('project-code', server.projectCode ?? ''));
  });
  afterEach(async () => {
    repository.close();
    server.close();
    await rm(directory, { recursive: true });
  });

  const version = (word: string): Uint8Array => utf8(`${LINES}${word}\n`);
  const nameOf = (content: Uint8Array): Hash => repository.environment.hash.hex('sha3-256', content) as Hash;
  const artifact = (
    content: Uint8Array,
    source?: Uint8Array,
    more: Partial<ReceivedArtifact> = {},
  ): ReceivedArtifact => ({
    hash: nameOf(content),
    isPrivate: false,
    ...(source === undefined
      ? { payload: content }
      : { payload: createDelta(source, content), deltaSource: nameOf(source), isStoredSo: true }),
    ...more,
  });
  function receive(...artifacts: ReceivedArtifact[]): void {
    repository.transaction(() => {
      const session = new CrosslinkSession(repository, { isBulk: true });
      for (const one of artifacts) receiveArtifact(repository, session, one);
      session.end();
    });
  }
  const ridOf = (of: Repository, content: Uint8Array): Rid => of.blobs.rid(nameOf(content)) ?? assert.fail();
  const sourceOf = (content: Uint8Array): Hash | undefined =>
    repository.blobs.stored(ridOf(repository, content))?.source?.hash;
  const sync = (): Promise<unknown> =>
    synchronize(
      repository,
      memoryTransport({ xfer: (request) => handleXfer(server, request) }),
      parseRemote('http://h/'),
      {
        pull: true,
        push: false,
      },
    );

  it('of a server that sends as it stores is stored so, and read back through all it builds on', async () => {
    const put = (...contents: Uint8Array[]): void =>
      void server.transaction(() => contents.map((content) => server.blobs.put(content)));
    const [seen, old, middle, newest] = ['seen', 'old', 'middle', 'newest'].map(version) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    put(seen);
    await sync();
    put(old, middle, newest);
    server.transaction(() => {
      server.blobs.deltify(ridOf(server, old), [ridOf(server, middle)]);
      server.blobs.deltify(ridOf(server, middle), [ridOf(server, newest)]);
    });
    await sync();
    assert.equal(sourceOf(old), nameOf(middle));
    assert.equal(sourceOf(middle), nameOf(newest));
    assert.equal(sourceOf(newest), undefined);
    repository.blobs.forgetAll();
    for (const content of [seen, old, middle, newest])
      assert.deepEqual(repository.blobs.content(ridOf(repository, content)), content);
  });

  it('is stored in full when its sender does not store it so, or little is saved', () => {
    const [newest, old] = [version('newest'), version('old')];
    receive(artifact(newest), artifact(old, newest, { isStoredSo: false }));
    assert.equal(sourceOf(old), undefined);
    const noise = utf8(Array.from({ length: 40 }, (_, index) => nameOf(utf8(String(index)))).join(''));
    receive(artifact(noise, newest));
    assert.equal(sourceOf(noise), undefined);
    assert.deepEqual(repository.blobs.content(ridOf(repository, noise)), noise);
  });

  it('never makes what is public need something private', () => {
    const [secret, known, alsoSecret] = [version('secret'), version('public'), version('also secret')];
    receive(artifact(secret, undefined, { isPrivate: true }), artifact(known, secret));
    receive(artifact(alsoSecret, secret, { isPrivate: true }));
    assert.equal(sourceOf(known), undefined);
    assert.equal(sourceOf(alsoSecret), nameOf(secret));
  });

  it('that waited for something else is stored so when it comes anew', () => {
    const [newest, old, lost] = [version('newest'), version('old'), version('lost')];
    receive(artifact(old, lost));
    assert.equal(sourceOf(old), nameOf(lost));
    receive(artifact(newest), artifact(old, newest));
    assert.equal(sourceOf(old), nameOf(newest));
    assert.ok(repository.blobs.isReadable(ridOf(repository, old)));
    receive(artifact(lost));
    assert.deepEqual(repository.blobs.content(ridOf(repository, old)), old);
  });

  it('that waited and turns out wrong is asked for anew, and what it waited for is kept', () => {
    const [old, lost] = [version('old'), version('lost')];
    receive(artifact(old, lost, { payload: createDelta(lost, version('forged')) }));
    receive(artifact(lost));
    assert.deepEqual(repository.blobs.content(ridOf(repository, lost)), lost);
    assert.deepEqual(repository.blobs.wanted(), [nameOf(old)]);
    receive(artifact(old));
    assert.deepEqual(repository.blobs.content(ridOf(repository, old)), old);
    assert.deepEqual(repository.blobs.wanted(), []);
  });

  it('that is larger than what is taken is refused, and one that waits already is not undone', async () => {
    const [large, lost] = [version('large'.repeat(1000)), version('lost')];
    const delta = createDelta(lost, large);
    const { path } = repository;
    repository.close();
    const variables = { TRILOBITE_LARGEST_ARTIFACT: '0.003' };
    repository = Repository.open({ ...server.environment, variables }, path, { isPrivate: true });
    assert.throws(() => receive(artifact(large, lost)), { code: 'artifact-too-large' });
    assert.equal(repository.blobs.rid(nameOf(large)), undefined);
    // Another program has taken it.
    repository.transaction(() => {
      repository.blobs.putDangling(nameOf(large), delta, repository.blobs.ridOrPhantom(nameOf(lost)));
    });
    receive(artifact(lost));
    assert.deepEqual(repository.blobs.wanted(), [nameOf(large)]);
    repository.close();
    // Whoever takes more gets it with the next sync.
    server.transaction(() => server.blobs.put(large));
    repository = Repository.open(server.environment, path, { isPrivate: true });
    await sync();
    assert.deepEqual(repository.blobs.content(ridOf(repository, large)), large);
  });

  it('is kept by nobody when its name is another one, nor when the file does not hold what came', () => {
    const [newest, old] = [version('newest'), version('old')];
    const hasNothing = (): void => {
      for (const content of [newest, old]) assert.equal(repository.blobs.rid(nameOf(content)), undefined);
    };
    const forged = artifact(old, newest, { payload: createDelta(newest, version('forged')) });
    assert.throws(() => receive(artifact(newest), forged), { code: 'hash-mismatch' });
    hasNothing();
    for (const damaged of [newest, old]) {
      const name = `uuid='${nameOf(damaged)}'`;
      const wrong = `(SELECT content FROM blob WHERE uuid='${nameOf(version('seen'))}')`;
      receive(artifact(version('seen')));
      repository.db.exec(
        `CREATE TRIGGER damage AFTER INSERT ON delta BEGIN UPDATE blob SET content=${wrong} WHERE ${name}; END`,
      );
      assert.throws(
        () => receive(artifact(newest), artifact(old, newest)),
        (error: { code?: string }) => ['hash-mismatch', 'content-corrupt'].includes(error.code ?? ''),
      );
      repository.db.exec('DROP TRIGGER damage');
      hasNothing();
    }
    receive(artifact(newest), artifact(old, newest));
    assert.equal(sourceOf(old), nameOf(newest));
  });
});
