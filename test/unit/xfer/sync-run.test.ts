import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import type { Progress, ProgressListener } from '../../../src/engine/progress';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createNativeDriver } from '../../../src/engine/platform/sqlite-native';
import { createClusters } from '../../../src/engine/repository/create-clusters';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { acceptShunned, removeShunned, shun } from '../../../src/engine/repository/shun';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { synchronize, type SyncStatistics } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { handleXfer } from '../../../src/engine/xfer/server';
import type { SyncPart } from '../../../src/engine/xfer/sync-part';
import { UnversionedClient } from '../../../src/engine/xfer/unversioned-client';
import { Seeded } from '../../support/seeded';

const remote = parseRemote('http://example.org/');

describe('A sync, while one side removes something', () => {
  let directory: string;
  let server: Repository;
  let client: Repository;
  /** Done once, when the server has answered and the client has not heard it yet. */
  let meanwhile: (() => void) | undefined;

  beforeEach(async () => {
    meanwhile = undefined;
    directory = await mkdtemp(join(tmpdir(), 'trilobite-sync-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const create = (name: string): Repository =>
      createRepository(environment, join(directory, name), { adminUser: 'tester', isPrivate: true });
    server = create('server.fossil');
    server.db.prepare("UPDATE user SET cap='gio' WHERE login='nobody'").run();
    client = create('client.fossil');
    client.transaction(() => client.config.set('project-code', server.projectCode ?? ''));
  });
  afterEach(async () => {
    client.close();
    server.close();
    await rm(directory, { recursive: true });
  });

  const add = (repository: Repository, text: string, isUnsent = false): Hash =>
    repository.transaction(() => repository.blobs.put(utf8(text), { isUnsent }).hash);
  const contentOf = (repository: Repository, hash: Hash): Uint8Array | undefined => {
    const rid = repository.blobs.rid(hash);
    return rid === undefined ? undefined : repository.blobs.contentIfHere(rid);
  };
  const namesIn = ({ db }: Repository): Set<Hash> =>
    new Set(
      db
        .prepare('SELECT uuid FROM blob')
        .all<{ uuid: Hash }>()
        .map(({ uuid }) => uuid),
    );
  function remove(repository: Repository, hash: Hash): void {
    repository.transaction(() => {
      shun(repository, [hash]);
      removeShunned(repository);
      acceptShunned(repository, [hash]);
    });
  }
  function sync(onProgress?: ProgressListener, parts: SyncPart[] = []): Promise<SyncStatistics> {
    const transport = memoryTransport({
      xfer: (request) => {
        const reply = handleXfer(server, request);
        meanwhile?.();
        meanwhile = undefined;
        return reply;
      },
    });
    const heard = onProgress === undefined ? {} : { onProgress };
    return synchronize(client, transport, remote, { pull: true, push: true, parts, ...heard });
  }

  it('takes nothing for sent that came into the place of what was', async () => {
    const sent = add(client, 'sent', true);
    let late: Hash | undefined;
    meanwhile = () => {
      const rid = client.blobs.rid(sent);
      remove(client, sent);
      late = add(client, 'written later', true);
      assert.equal(client.blobs.rid(late), rid);
    };
    await sync();
    assert.ok(late !== undefined);
    assert.ok(contentOf(server, sent) !== undefined);
    assert.ok(contentOf(server, late) !== undefined || client.blobs.unsent().length === 1);
    await sync();
    assert.ok(contentOf(server, late) !== undefined);
  });

  if (createNativeDriver() !== undefined)
    it('announces what another process adds at the very moment in which what was sent is noted as sent', async () => {
      const environment = await createNodeEnvironment({ driver: 'native', homeDirectory: directory, variables: {} });
      const path = join(directory, 'client.fossil');
      client.close();
      const other = Repository.open(environment, path);
      let late: Hash | undefined;
      const at = (site: string): void => {
        if (site === 'unsent-cleared') late ??= add(other, 'of another process');
      };
      client = Repository.open({ ...environment, faults: { at } }, path);
      const [one] = [add(client, 'one', true), add(client, 'two'.repeat(200), true)];
      client.config.set('max-upload', '1');
      await synchronize(client, memoryTransport({ xfer: (request) => handleXfer(server, request) }), remote, {
        pull: false,
        push: true,
      });
      other.close();
      assert.ok(contentOf(server, one) !== undefined);
      assert.ok(late !== undefined && contentOf(server, late) !== undefined);
    });

  it('has not seen all of the server any more once something of it was removed here', async () => {
    add(server, 'one');
    const going = add(server, 'two');
    await sync();
    const seen = (): number =>
      client.db
        .prepare("SELECT count(*) AS rows FROM config WHERE name GLOB 'trilobite-seen:*'")
        .get<{ rows: number }>()?.rows ?? 0;
    assert.equal(seen(), 1);
    remove(client, going);
    assert.equal(seen(), 0);
    assert.equal((await sync()).received, 1);
    assert.deepEqual(contentOf(client, going), utf8('two'));
  });

  it('never goes back with its bar, and is not done before the end, when the server does not know any more what it was sending', async () => {
    add(server, 'one');
    await sync();
    const random = new Seeded(1);
    const noise = (): string => Buffer.from(random.bytes(1500)).toString('hex');
    const names = Array.from({ length: 30 }, () => add(server, noise()));
    server.transaction(() => server.config.set('max-download', '20000'));
    const reports: Progress[] = [];
    // A backup was put back: no token of before is known.
    meanwhile = () => server.db.exec('UPDATE rcvfrom SET mtime=mtime+1');
    const { bytesReceived, bytesSent, roundTrips } = await sync((progress) => reports.push(progress));
    assert.ok(names.every((name) => contentOf(client, name) !== undefined));
    assert.ok(roundTrips > 3, String(roundTrips));
    const fractions = reports.map(({ fraction }) => fraction);
    assert.deepEqual(
      fractions,
      [...fractions].sort((one, other) => one - other),
    );
    assert.equal(fractions.at(-1), 1);
    const truth = bytesReceived + bytesSent;
    const afterwards = reports.filter((report) => report.roundTrips > 1 && report.estimate !== undefined);
    assert.ok(afterwards.length > 0);
    for (const { estimate, bytes, fraction } of afterwards) {
      assert.ok(estimate !== undefined && estimate.low <= truth, `at least ${String(estimate?.low)} of ${truth}`);
      assert.ok(fraction < 0.98 || bytes.done > truth * 0.9, `${fraction} with ${bytes.done} of ${truth}`);
    }
  });

  it('goes on when files that were asked for, too, took the room of artifacts in a reply', async () => {
    const random = new Seeded(1);
    const names = Array.from({ length: 5 }, (_, number) => add(server, `artifact ${number}`.repeat(20)));
    server.transaction(() => {
      server.config.set('max-download', '2000');
      new UnversionedFiles(server).add('large.bin', random.bytes(5000), 1_700_000_000);
    });
    await sync(undefined, [new UnversionedClient(client)]);
    assert.ok(names.every((name) => contentOf(client, name) !== undefined));
    assert.ok(new UnversionedFiles(client).find('large.bin') !== undefined);
  });

  it('asks for what another process has heard of a moment ago', async () => {
    await sync();
    client.db.exec("DELETE FROM config WHERE name GLOB 'trilobite-seen:*'");
    const name = add(server, 'one');
    meanwhile = () => client.transaction(() => client.blobs.ridOrPhantom(name));
    await sync();
    assert.deepEqual(contentOf(client, name), utf8('one'));
  });

  it('hears of everything although the cluster that would name it is shunned', async () => {
    const names = Array.from({ length: 120 }, (_, number) => add(server, `artifact ${number}`));
    const others = namesIn(server);
    server.transaction(() => createClusters(server));
    const cluster = [...namesIn(server)].filter((name) => !others.has(name));
    assert.equal(cluster.length, 1);
    server.transaction(() => {
      shun(server, cluster);
      removeShunned(server);
      server.db.exec('INSERT OR IGNORE INTO unclustered SELECT rid FROM blob');
    });
    await sync();
    assert.ok(names.every((name) => contentOf(client, name) !== undefined));
  });

  it('asks anew for a delta whose source the server has not got any more', async () => {
    const [older, newer] = ['line\n'.repeat(200), `${'line\n'.repeat(200)}more\n`].map(utf8) as [
      Uint8Array,
      Uint8Array,
    ];
    const source = server.environment.hash.hex('sha3-256', older) as Hash;
    const name = add(server, new TextDecoder().decode(newer));
    client.transaction(() => {
      const phantom = client.blobs.ridOrPhantom(source);
      client.blobs.putDangling(name, createDelta(older, newer), phantom);
    });
    assert.equal(contentOf(client, name), undefined);
    const { unresolved } = await sync();
    assert.deepEqual(unresolved, []);
    assert.deepEqual(contentOf(client, name), newer);
  });

  it('names what came and could not be kept, and does not count it', async () => {
    const [older, newer] = ['line\n'.repeat(200), `${'line\n'.repeat(200)}more\n`].map(utf8) as [
      Uint8Array,
      Uint8Array,
    ];
    const [source, name] = [older, newer].map((content) => server.environment.hash.hex('sha3-256', content)) as [
      Hash,
      Hash,
    ];
    // A server that sends it as a delta of what it does not know to be refused, however often it is asked.
    const reply = new MessageWriter().card('igot', name).file(name, createDelta(older, newer), source).bytes();
    const transport = memoryTransport({
      xfer: () => ({ status: 200, contentType: 'application/x-fossil-debug', body: reply }),
    });
    const pull = (): Promise<SyncStatistics> => synchronize(client, transport, remote, { pull: true, push: false });
    client.transaction(() => shun(client, [source]));
    for (const time of ['first', 'again']) {
      const { received, leftOut, unresolved } = await pull();
      assert.deepEqual({ received, leftOut, unresolved }, { received: 0, leftOut: [name], unresolved: [] }, time);
    }
  });
});
