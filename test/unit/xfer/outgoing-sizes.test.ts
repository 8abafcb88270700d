import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import type { Faults } from '../../../src/engine/platform/faults';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Progress } from '../../../src/engine/progress';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { acceptShunned, removeShunned, shun } from '../../../src/engine/repository/shun';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { CardsAhead } from '../../../src/engine/xfer/cards-ahead';
import { synchronize, type SyncStatistics } from '../../../src/engine/xfer/client';
import { OutgoingSizes } from '../../../src/engine/xfer/outgoing-sizes';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { handleXfer } from '../../../src/engine/xfer/server';
import { Seeded } from '../../support/seeded';

describe('What a push expects to send', () => {
  let directory: string;
  let server: Repository;
  let client: Repository;
  /** Once, when the engine gives up the thread. */
  let onTurn: (() => void) | undefined;
  /** Before what the server has taken is unsent no more. */
  let onNoting: (() => void) | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-outgoing-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const { clock } = environment;
    const yieldTurn = (): Promise<void> => {
      const act = onTurn;
      onTurn = undefined;
      act?.();
      return clock.yield();
    };
    const faults: Faults = {
      at: (site) => {
        if (site !== 'unsent-to-clear') return;
        const act = onNoting;
        onNoting = undefined;
        act?.();
      },
    };
    const ours = { ...environment, clock: { ...clock, yield: yieldTurn }, faults };
    const create = (name: string): Repository =>
      createRepository(ours, join(directory, name), { adminUser: 'tester', isPrivate: true });
    server = create('server.fossil');
    server.db.prepare("UPDATE user SET cap='gio' WHERE login='nobody'").run();
    client = create('client.fossil');
    client.transaction(() => client.config.set('project-code', server.projectCode ?? ''));
  });
  afterEach(async () => {
    onTurn = onNoting = undefined;
    client.close();
    server.close();
    await rm(directory, { recursive: true });
  });

  const add = (content: Uint8Array): { rid: Rid; hash: Hash } =>
    client.transaction(() => client.blobs.put(content, { isUnsent: true }));
  function remove(hash: Hash): void {
    client.transaction(() => {
      shun(client, [hash]);
      removeShunned(client);
      acceptShunned(client, [hash]);
    });
  }
  function push(reports: Progress[] = []): Promise<SyncStatistics> {
    const transport = memoryTransport({ xfer: (request) => handleXfer(server, request) });
    const onProgress = (progress: Progress): unknown => reports.push(progress);
    return synchronize(client, transport, parseRemote('http://example.org/'), { pull: false, push: true, onProgress });
  }

  it('leaves out what others remove meanwhile', async () => {
    const hashes = Array.from({ length: 5 }, (_, index) => add(utf8(`content ${index}`)).hash);
    const [removed, ...rest] = hashes;
    assert.ok(removed);
    onTurn = () => remove(removed);
    await push();
    assert.deepEqual(
      hashes.filter((hash) => server.blobs.rid(hash) !== undefined),
      rest,
    );
  });

  it('leaves out what others remove while what the server has taken is noted', async () => {
    client.transaction(() => client.config.set('max-upload', '1000'));
    const first = add(utf8('a message that is full '.repeat(100)));
    const asked = add(utf8('there is no room for that'));
    onNoting = () => remove(asked.hash);
    await push();
    assert.ok(server.blobs.rid(first.hash) !== undefined);
    assert.ok(client.blobs.rid(asked.hash) === undefined, 'nothing was removed');
  });

  it('is announced by its own name where its row was that of something removed meanwhile', async () => {
    client.transaction(() => client.config.set('max-upload', '1000'));
    add(utf8('a message that is full '.repeat(100)));
    const last = add(utf8('there is no room for that'));
    const inItsPlace = utf8('and none for that');
    let reused: { rid: Rid; hash: Hash } | undefined;
    onTurn = () => {
      remove(last.hash);
      reused = add(inItsPlace);
    };
    await push();
    assert.equal(reused?.rid, last.rid);
    assert.ok(server.blobs.rid(reused.hash) !== undefined, 'the server has never heard of it');
  });

  it('is as large as it is stored, where that is large and whole', async () => {
    const random = new Seeded(5);
    add(random.bytes(1_100_000));
    const large = add(random.sourceText(50_000));
    const reports: Progress[] = [];
    assert.ok(client.blobs.size(large.rid) > 1024 * 1024);
    const { bytesSent, bytesReceived } = await push(reports);
    const truth = bytesSent + bytesReceived;
    const { low, high } = reports[0]?.estimate ?? assert.fail();
    assert.ok(low <= truth && truth <= high, `${low} to ${high}, and it was ${truth}`);
    assert.ok(high < 1.05 * low, `${low} to ${high}`);
  });

  it('is told in advance to a hundredth where all is measured, in messages as they will go', async () => {
    client.transaction(() => client.config.set('max-upload', '60000'));
    add(utf8('what makes the server known'));
    await push();
    const random = new Seeded(7);
    const common = random.bytes(1000);
    for (let index = 0; index < 120; index++)
      add(new Uint8Array([...common, ...random.bytes(1500), ...random.sourceText(40)]));
    const reports: Progress[] = [];
    const { bytesSent, bytesReceived, roundTrips } = await push(reports);
    const truth = bytesSent + bytesReceived;
    assert.ok(roundTrips > 5, String(roundTrips));
    assert.equal(reports[0]?.bytes.done, 0);
    for (const { estimate, bytes } of reports) {
      const { low, high } = estimate ?? assert.fail();
      assert.ok(Math.abs((low + high) / 2 / truth - 1) < 0.01, `${low} to ${high} at ${bytes.done}, it was ${truth}`);
    }
  });

  it('is told of each artifact by how well it can be compressed, in whatever message it goes', () => {
    const noise = add(new Seeded(4).bytes(20_000));
    const text = Array.from({ length: 20 }, (_, index) => add(utf8(`${index} is easily compressed\n`.repeat(400))));
    const sizes = new OutgoingSizes(client, { maxBytes: 1_000_000, isOwnServer: true });
    sizes.measureBy(new CardsAhead(client, { withPrivate: false }));
    sizes.expect([noise, ...text].map(({ rid }) => rid));
    while (!sizes.areAllMeasured) sizes.measure(1000);
    const before = sizes.forecast(undefined).bytes;
    sizes.forget(noise.rid);
    const of = before - sizes.forecast(undefined).bytes;
    assert.ok(of > 0.9 * 20_000 && of < 1.05 * 20_000, `${of} bytes for 20,000 that cannot be compressed`);
  });

  it('is not sure of large versions, which nothing but the store has told of', () => {
    const noise = new Seeded(6).bytes(1_100_000);
    const first = add(noise);
    const second = add(noise.subarray(1));
    client.db.prepare('INSERT INTO plink(pid,cid,isprim,mtime) VALUES(?,?,1,0)').run(first.rid, second.rid);
    const sizes = new OutgoingSizes(client, { maxBytes: 250_000, isOwnServer: false });
    sizes.measureBy(new CardsAhead(client, { withPrivate: false }));
    client.snapshot(() => sizes.expect([second.rid]));
    sizes.measure(60_000);
    assert.ok(sizes.areAllMeasured);
    const { bytes, deviation, basis } = sizes.forecast(undefined);
    assert.ok(deviation > 0.35 * bytes, `${deviation} of ${bytes}`);
    assert.notEqual(basis, 'exact');
  });
});
