import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { applyDelta } from '../../../src/engine/codec/delta-apply';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { acceptShunned, removeShunned, shun } from '../../../src/engine/repository/shun';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { CardsAhead } from '../../../src/engine/xfer/cards-ahead';
import { synchronize } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { handleXfer } from '../../../src/engine/xfer/server';

const remote = parseRemote('http://example.org/');
const NEVER = (): boolean => false;
const PLENTY = 1_000_000;

describe('What a push makes ready while the server works', () => {
  let directory: string;
  let server: Repository;
  let client: Repository;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-ahead-'));
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

  const add = (text: string, options: { isPrivate?: boolean } = {}): { rid: Rid; hash: Hash } =>
    client.transaction(() => client.blobs.put(utf8(text), { isUnsent: true, ...options }));
  /** Versions of one thing, which hardly can be compressed, each with its former one as the parent. */
  function addVersions(count: number, options: { isPrivate?: boolean } = {}): { rid: Rid; hash: Hash }[] {
    const hashing = client.environment.hash;
    const noise = Array.from({ length: 30 }, (_, index) => hashing.hex('sha3-256', utf8(String(index)))).join('\n');
    const versions = Array.from({ length: count }, (_, index) => add(`${noise}\n${index}\n`, options));
    const insert = client.db.prepare('INSERT INTO plink(pid,cid,isprim,mtime) VALUES(?,?,1,0)');
    versions.slice(1).forEach(({ rid }, index) => insert.run(versions[index]?.rid ?? 0, rid));
    return versions;
  }
  function remove(hash: Hash): void {
    client.transaction(() => {
      shun(client, [hash]);
      removeShunned(client);
      acceptShunned(client, [hash]);
    });
  }
  const ahead = (withPrivate = false, mostHeld = PLENTY): CardsAhead =>
    new CardsAhead(client, { withPrivate, mostHeld });
  const taken = (cards: CardsAhead, rid: Rid): Hash | undefined => client.snapshot(() => cards.take(rid))?.hash;

  it('is what would be sent, and is there once', async () => {
    const [first, second] = addVersions(2);
    assert.ok(first && second);
    const cards = ahead();
    await cards.make([first.rid, second.rid], PLENTY, NEVER);
    const card = client.snapshot(() => cards.take(second.rid));
    assert.equal(card?.hash, second.hash);
    assert.equal(card.source, first.hash);
    assert.deepEqual(applyDelta(client.blobs.content(first.rid), card.payload), client.blobs.content(second.rid));
    assert.equal(taken(cards, second.rid), undefined);
    assert.equal(taken(cards, first.rid), first.hash);
  });

  it('is no more than there is room for, and is let go where something else will be asked for', async () => {
    const rids = Array.from({ length: 5 }, (_, index) => add(`${index}`.repeat(1000)).rid);
    const areHeld = (cards: CardsAhead): boolean[] => rids.map((rid) => taken(cards, rid) !== undefined);
    const byMessage = ahead();
    await byMessage.make(rids, 2500, NEVER);
    assert.deepEqual(areHeld(byMessage), [true, true, true, false, false]);
    const byRoom = ahead(false, 3500);
    client.snapshot(() => rids.forEach((rid) => byRoom.card(rid)));
    assert.deepEqual(areHeld(byRoom), [true, true, true, false, false]);
    const letGo = ahead(false, 3500);
    await letGo.make(rids, 2500, NEVER);
    await letGo.make(rids.slice(2), 2500, NEVER);
    assert.deepEqual(areHeld(letGo), [false, false, true, true, true]);
  });

  it('is made once, also when it is looked at before to see how large it is', async () => {
    const [, second] = addVersions(2);
    assert.ok(second);
    const cards = ahead();
    const measured = client.snapshot(() => cards.card(second.rid));
    await cards.make([second.rid], PLENTY, NEVER);
    assert.equal(
      client.snapshot(() => cards.take(second.rid)),
      measured,
    );
  });

  it('is made no longer than it takes the reply to come, and never of what is very large', async () => {
    const small = add('small');
    const large = add('x'.repeat(1_100_000));
    const cards = ahead();
    await cards.make([small.rid], PLENTY, () => true);
    assert.equal(taken(cards, small.rid), undefined);
    await cards.make([large.rid, small.rid], PLENTY, NEVER);
    assert.equal(taken(cards, large.rid), undefined);
    assert.ok(taken(cards, small.rid) !== undefined);
  });

  it('is forgotten when its place is another artifact meanwhile, or what it builds on was shunned, removed or hidden', async () => {
    const last = add('last');
    const cards = ahead();
    await cards.make([last.rid], PLENTY, NEVER);
    remove(last.hash);
    assert.equal(add('in its place').rid, last.rid);
    assert.equal(taken(cards, last.rid), undefined);
    const loss: Record<string, (source: { rid: Rid; hash: Hash }) => void> = {
      shunned: ({ hash }) => client.db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(hash),
      removed: ({ hash }) => remove(hash),
      hidden: ({ rid }) => client.db.prepare('INSERT INTO private VALUES(?)').run(rid),
    };
    const lost = addVersions(2 * Object.keys(loss).length);
    for (const [index, [how, lose]] of Object.entries(loss).entries()) {
      const [source, delta] = lost.slice(2 * index, 2 * index + 2);
      assert.ok(source && delta);
      await cards.make([delta.rid], PLENTY, NEVER);
      lose(source);
      assert.equal(taken(cards, delta.rid), undefined, how);
    }
  });

  it('is nothing private, unless that travels, too', async () => {
    const [, secret] = addVersions(2, { isPrivate: true });
    assert.ok(secret);
    for (const withPrivate of [false, true]) {
      const cards = ahead(withPrivate);
      await cards.make([secret.rid], PLENTY, NEVER);
      assert.equal(taken(cards, secret.rid), withPrivate ? secret.hash : undefined);
    }
  });

  it('goes to the server, but for what was shunned while the server worked', async () => {
    const versions = addVersions(12);
    client.config.set('max-upload', '500');
    const doomed = versions[11]?.hash ?? assert.fail();
    let replies = 0;
    const leaving = async <T>(response: T): Promise<T> => {
      for (let turn = 0; turn < 5; turn++) await nextTurn();
      // By now it has been asked for.
      if (++replies === 2) client.db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(doomed);
      return response;
    };
    const transport = memoryTransport({ xfer: (request) => handleXfer(server, request) }, { leaving });
    const { roundTrips } = await synchronize(client, transport, remote, { pull: false, push: true });
    assert.ok(roundTrips > 3, String(roundTrips));
    for (const { rid, hash } of versions) {
      const there = server.blobs.rid(hash);
      const content = there === undefined ? undefined : server.blobs.contentIfHere(there);
      assert.deepEqual(content, hash === doomed ? undefined : client.blobs.content(rid));
    }
  });
});
