import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { DeltaWriter } from '../../../src/engine/codec/delta-writer';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { applyReceived } from '../../../src/engine/xfer/apply-received';
import { sharedSecret } from '../../../src/engine/repository/users';
import { loginCard } from '../../../src/engine/xfer/login';
import { messageInMemory } from '../../../src/engine/xfer/message-source';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { handleXfer, streamXferInTurns } from '../../../src/engine/xfer/server';

const PLAIN = 'application/x-fossil-debug';
const COUNT = 200;
const CHAIN = 350;
/** Each look at the clock takes so long: about twenty artifacts make a slice. */
const STEP_MS = 5;

describe('A long push, stored by a server', () => {
  let directory: string;
  let repository: Repository;
  /** What others do when they have their turn. */
  let onTurn: () => void;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-slices-'));
    const node = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    let time = node.clock.now();
    onTurn = () => undefined;
    const turn = (): Promise<void> => {
      onTurn();
      return Promise.resolve();
    };
    const clock = { ...node.clock, now: () => (time += STEP_MS), yield: turn };
    repository = createRepository({ ...node, clock }, join(directory, 'a.fossil'), {
      adminUser: 'tester',
      isPrivate: true,
    });
    repository.db.prepare("UPDATE user SET cap='gio' WHERE login='nobody'").run();
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  const nameOf = (content: Uint8Array): Hash => repository.environment.hash.hex('sha3-256', content) as Hash;
  const versionOf = (_: unknown, index: number): Uint8Array => utf8(`${'the same '.repeat(30)}and ${index}\n`);
  const contents = Array.from({ length: COUNT }, versionOf);
  const chain = Array.from({ length: CHAIN }, versionOf);
  const countHere = (): number => contents.filter((content) => repository.blobs.rid(nameOf(content))).length;
  const countDeltas = (): unknown => repository.db.prepare('SELECT count(*) AS n FROM delta').get<{ n: number }>()?.n;
  const begin = (): MessageWriter => new MessageWriter().card('push', 'x', repository.projectCode ?? '');
  /** Newest first, each a delta of the one that comes behind it. */
  function versions(message = begin()): MessageWriter {
    for (let index = COUNT - 1; index >= 0; index--) {
      const [content, source] = [contents[index], contents[index - 1]];
      assert.ok(content);
      if (source === undefined) message.file(nameOf(content), content);
      else message.file(nameOf(content), createDelta(source, content), nameOf(source));
    }
    return message;
  }
  async function push(message: Uint8Array): Promise<{ status: number; text: string }> {
    const request = { contentType: PLAIN, message: messageInMemory(message) };
    const response = await streamXferInTurns(repository, request);
    const text = [...response.pieces()].map(textOf).join('');
    response.close();
    return { status: response.status, text };
  }

  it('lets others have their turn, to whom it is as if shorter messages had come', async () => {
    const seen = new Set<number>();
    let newest = 0;
    let held = 0;
    const grown: number[] = [];
    const countOf = (receipt: number): number =>
      repository.db.prepare('SELECT count(*) AS n FROM blob WHERE rcvid=?').get<{ n: number }>(receipt)?.n ?? 0;
    onTurn = () => {
      const count = countHere();
      if (seen.has(count)) return;
      seen.add(count);
      if (newest > 0) grown.push(countOf(newest) - held);
      newest = repository.db.prepare('SELECT max(rcvid) AS n FROM rcvfrom').get<{ n: number }>()?.n ?? 0;
      held = countOf(newest);
      assert.deepEqual(repository.blobs.danglingDeltas(), []);
      const body = utf8(`pull x ${repository.projectCode ?? ''}\n`);
      const { status, body: reply } = handleXfer(repository, { contentType: PLAIN, body }, { isReadOnly: true });
      assert.equal(status, 200);
      assert.equal(textOf(reply).match(/^igot /gm)?.length, count + 1);
    };
    const { status, text } = await push(versions().bytes());
    assert.equal(status, 200);
    assert.match(text, /errors 0\n$/);
    assert.equal(countHere(), COUNT);
    assert.ok(seen.size > 5, [...seen].join());
    // A receipt that somebody has seen does not grow any more.
    assert.deepEqual(new Set(grown), new Set([0]));
    for (const content of contents) {
      const rid = repository.blobs.rid(nameOf(content));
      assert.deepEqual(rid && repository.blobs.content(rid), content);
    }
  });

  it('leaves nothing at all when its last artifact is not what its name says', async () => {
    const seen = new Set<number>();
    onTurn = () => seen.add(countHere());
    const evil = versions().file(nameOf(utf8('good')), utf8('evil'));
    assert.equal((await push(evil.bytes())).status, 400);
    assert.equal(countHere(), 0);
    assert.deepEqual([...seen], [0]);
  });

  it('keeps what waits for a source, and is at one go where it brings else than artifacts', async () => {
    const [first, second] = contents;
    assert.ok(first && second);
    const waiting = begin().file(nameOf(second), createDelta(first, second), nameOf(first));
    assert.match((await push(waiting.bytes())).text, new RegExp(`^gimme ${nameOf(first)}\n`));
    assert.equal(repository.blobs.danglingDeltas().length, 1);
    repository.db.prepare("UPDATE user SET cap='giosy' WHERE login='nobody'").run();
    const seen = new Set<number>();
    onTurn = () => seen.add(countHere());
    const name = nameOf(utf8('x'));
    const file = { name: 'a', mtime: 1, hash: name, size: 1 };
    const { text } = await push(versions().unversionedFile(file, utf8('x')).bytes());
    assert.match(text, /errors 0\n$/);
    assert.equal(countHere(), COUNT);
    assert.deepEqual(
      [...seen].filter((count) => count > 2 && count < COUNT),
      [],
    );
    assert.deepEqual(repository.blobs.danglingDeltas(), []);
  });

  it('settles what waited for it in turns, before it is there itself', async () => {
    const source = utf8(`${'the same '.repeat(30)}as all of them\n`);
    const waiting = begin();
    for (const content of contents) waiting.file(nameOf(content), createDelta(source, content), nameOf(source));
    const forged = nameOf(utf8('what was promised'));
    waiting.file(forged, createDelta(source, utf8(`${'the same '.repeat(30)}forged\n`)), nameOf(source));
    assert.match((await push(waiting.bytes())).text, new RegExp(`^gimme ${nameOf(source)}\n`));
    const { blobs } = repository;
    assert.equal(blobs.danglingDeltas().length, COUNT + 1);
    const readable = (): number =>
      contents.filter((content) => {
        const rid = blobs.rid(nameOf(content)) ?? assert.fail();
        if (!blobs.isReadable(rid)) return false;
        assert.deepEqual(blobs.content(rid), content);
        return true;
      }).length;
    const seen = new Set<number>();
    onTurn = () => {
      const count = readable();
      seen.add(count);
      const isHere = blobs.contentIfHere(blobs.rid(nameOf(source)) ?? assert.fail()) !== undefined;
      assert.equal(isHere, count === COUNT);
    };
    const { text } = await push(begin().file(nameOf(source), source).bytes());
    assert.match(text, new RegExp(`^gimme ${forged}\n`));
    assert.equal(readable(), COUNT);
    assert.equal(countDeltas(), COUNT);
    assert.deepEqual(blobs.danglingDeltas(), []);
    assert.ok([...seen].filter((count) => count > 0 && count < COUNT).length > 2, [...seen].join());
  });

  it('settles what waits in turns, too, where short contents are made by long deltas', async () => {
    const source = utf8(`${'the same '.repeat(30)}as all of them\n`);
    const waiting = begin();
    const few = contents.slice(0, 60);
    for (const content of few) {
      const writer = new DeltaWriter(content);
      // Copies of nothing.
      for (let copy = 0; copy < 50_000; copy++) writer.copy(0, 0);
      writer.insert(0, content.length);
      waiting.file(nameOf(content), writer.finish(), nameOf(source));
    }
    await push(waiting.bytes());
    const counts = new Set<number>();
    onTurn = () => counts.add(repository.blobs.danglingDeltas().length);
    await push(begin().file(nameOf(source), source).bytes());
    assert.deepEqual(repository.blobs.danglingDeltas(), []);
    assert.ok(counts.size > 3, [...counts].join());
  });

  it('settles in turns what comes while it settles what waited', async () => {
    const source = utf8(`${'the same '.repeat(30)}as all of them\n`);
    const late = Array.from({ length: 300 }, (_, index) => utf8(`${'the same '.repeat(30)}and late ${index}\n`));
    const deltasOf = (versions: readonly Uint8Array[]): Uint8Array => {
      const message = begin();
      for (const content of versions) message.file(nameOf(content), createDelta(source, content), nameOf(source));
      return message.bytes();
    };
    await push(deltasOf(contents));
    let hasCome = false;
    let waiting = COUNT;
    let most = 0;
    onTurn = () => {
      if (!hasCome && waiting < COUNT) {
        hasCome = true;
        assert.equal(handleXfer(repository, { contentType: PLAIN, body: deltasOf(late) }).status, 200);
        waiting += late.length;
      }
      const left = repository.blobs.danglingDeltas().length;
      most = Math.max(most, waiting - left);
      waiting = left;
    };
    await push(begin().file(nameOf(source), source).bytes());
    onTurn();
    assert.ok(hasCome);
    assert.equal(waiting, 0);
    assert.ok(most < 150, String(most));
  });

  it('is settled in turns by a client, too, for which a server sends what others waited for', async () => {
    const source = utf8(`${'the same '.repeat(30)}as all of them\n`);
    const waiting = begin();
    for (const content of contents) waiting.file(nameOf(content), createDelta(source, content), nameOf(source));
    await push(waiting.bytes());
    const counts = new Set<number>();
    onTurn = () => counts.add(repository.blobs.danglingDeltas().length);
    await applyReceived(repository, [{ hash: nameOf(source), payload: source, isPrivate: false }], {});
    assert.deepEqual(repository.blobs.danglingDeltas(), []);
    assert.ok(counts.size > 3, [...counts].join());
    for (const content of contents) {
      const rid = repository.blobs.rid(nameOf(content));
      assert.deepEqual(rid && repository.blobs.content(rid), content);
    }
  });

  /** Each is a delta of the one before, the first one of something that is not here. @returns a look at which of them can be read */
  async function pushWaitingChain(source: Uint8Array, forged?: number): Promise<() => boolean[]> {
    const waiting = begin();
    chain.forEach((content, index) => {
      const before = chain[index - 1] ?? source;
      const sent = index === forged ? utf8(`${textOf(content)}forged`) : content;
      waiting.file(nameOf(content), createDelta(before, sent), nameOf(before));
    });
    assert.match((await push(waiting.bytes())).text, new RegExp(`^gimme ${nameOf(source)}\n`));
    const { blobs } = repository;
    assert.equal(blobs.danglingDeltas().length, CHAIN);
    const names = chain.map(nameOf);
    return () => repository.snapshot(() => names.map((name) => blobs.isReadable(blobs.rid(name) ?? assert.fail())));
  }
  /** Of each that can be read. */
  function checkContents(): void {
    const { blobs } = repository;
    for (const content of chain) {
      const rid = blobs.rid(nameOf(content)) ?? assert.fail();
      if (blobs.isReadable(rid)) assert.deepEqual(blobs.content(rid), content);
    }
  }
  /** Whoever can be read can be read without what is not settled. */
  const isEnd = (areReadable: readonly boolean[]): boolean =>
    !areReadable.slice(areReadable.indexOf(true)).includes(false);
  const countOf = (areReadable: readonly boolean[]): number => areReadable.filter((isReadable) => isReadable).length;

  it('settles a chain of what waited in turns, the end first', async () => {
    const source = utf8(`${'the same '.repeat(30)}before all of them\n`);
    const readable = await pushWaitingChain(source);
    const seen = new Set<number>();
    onTurn = () => {
      const areReadable = readable();
      if (areReadable.includes(true)) assert.ok(isEnd(areReadable));
      seen.add(countOf(areReadable));
    };
    const { text } = await push(begin().file(nameOf(source), source).bytes());
    assert.match(text, /errors 0\n$/);
    assert.equal(countOf(readable()), CHAIN);
    checkContents();
    // They take up as little room as when they came.
    assert.equal(countDeltas(), CHAIN);
    assert.ok([...seen].filter((count) => count > 0 && count < CHAIN).length > 2, [...seen].join());
  });

  it('settles it so, too, where its source comes to a client as a delta, as far as it is right', async () => {
    const [known, source] = ['long known', 'before all of them'].map((end) =>
      utf8(`${'the same '.repeat(30)}${end}\n`),
    );
    assert.ok(known && source);
    await push(begin().file(nameOf(known), known).bytes());
    const forged = CHAIN - 20;
    const readable = await pushWaitingChain(source, forged);
    const seen = new Set<number>();
    onTurn = () => seen.add(countOf(readable()));
    const delta = { hash: nameOf(source), deltaSource: nameOf(known), payload: createDelta(known, source) };
    await applyReceived(repository, [{ ...delta, isPrivate: false }], {});
    const { blobs } = repository;
    assert.deepEqual(
      readable(),
      chain.map((_, index) => index < forged),
    );
    checkContents();
    assert.equal(blobs.danglingDeltas().length, CHAIN - forged - 1);
    assert.deepEqual(blobs.wanted(), [nameOf(chain[forged] ?? assert.fail())]);
    assert.ok([...seen].filter((count) => count > 0 && count < forged).length > 2, [...seen].join());
  });

  it('keeps what waits where its source comes twice in one message, the second time forged', async () => {
    const source = utf8(`${'the same '.repeat(30)}as all of them\n`);
    const missing = utf8('never sent\n'.repeat(20));
    const waiting = begin();
    for (const content of contents) waiting.file(nameOf(content), createDelta(source, content), nameOf(source));
    await push(waiting.bytes());
    const evil = begin()
      .file(nameOf(source), createDelta(missing, source), nameOf(missing))
      .file(nameOf(source), utf8(`${'not same '.repeat(30)}as all of them\n`));
    assert.equal((await push(evil.bytes())).status, 400);
    assert.equal(repository.blobs.danglingDeltas().length, COUNT);
  });

  it('makes nothing of a delta that somebody has put in the place of one that was let go of', async () => {
    const base = utf8('the same '.repeat(100_000));
    const versionOf = (end: string): Uint8Array => Buffer.concat([base, utf8(end)]);
    const deltaTo = (end: string): Uint8Array => {
      const writer = new DeltaWriter(versionOf(end));
      writer.copy(0, base.length);
      writer.insert(base.length, end.length);
      return writer.finish();
    };
    const ends = Array.from({ length: 60 }, (_, index) => `number ${index}\n`);
    const [names, source] = [ends.map((end) => nameOf(versionOf(end))), versionOf('source\n')];
    const [first, last] = [names[0] ?? assert.fail(), names.at(-1) ?? assert.fail()];
    const waiting = begin();
    for (const [index, end] of ends.entries())
      waiting.file(names[index] ?? assert.fail(), deltaTo(end), names[index - 1] ?? nameOf(source));
    await push(waiting.bytes());
    const { blobs } = repository;
    const isReadable = (name: Hash): boolean =>
      repository.snapshot(() => blobs.isReadable(blobs.rid(name) ?? assert.fail()));
    let forgeries = 0;
    onTurn = () => {
      // By then all have been looked at once.
      if (forgeries > 0 || !isReadable(last)) return;
      forgeries++;
      const body = begin().file(first, deltaTo('forged!\n'), nameOf(source)).bytes();
      assert.equal(handleXfer(repository, { contentType: PLAIN, body }).status, 200);
    };
    await push(begin().file(nameOf(source), source).bytes());
    assert.equal(forgeries, 1);
    assert.ok(!isReadable(first));
    assert.ok(isReadable(last));
  });

  it('is stored in turns however long it is, and leaves nothing when its end is wrong', async () => {
    const long = Array.from({ length: 40 }, (_, index) => utf8(`${'the same '.repeat(50_000)}and ${index}\n`));
    const message = begin();
    for (const content of long) message.file(nameOf(content), content);
    const right = message.bytes();
    assert.ok(right.length > 16 * 1024 * 1024);
    const seen = new Set<number>();
    onTurn = () => seen.add(long.filter((content) => repository.blobs.rid(nameOf(content))).length);
    const evil = begin()
      .file(nameOf(utf8('good')), utf8('evil'))
      .bytes();
    assert.equal((await push(Buffer.concat([right, evil]))).status, 400);
    assert.deepEqual([...seen], [0]);
    assert.match((await push(right)).text, /errors 0\n$/);
    assert.ok([...seen].filter((count) => count > 0 && count < long.length).length > 1, [...seen].join());
  });

  it('is not stored by who repeats it meanwhile, and goes on', async () => {
    const { db, environment } = repository;
    db.prepare("UPDATE user SET pw=?, cap='oi' WHERE login='tester'").run(sharedSecret(repository, 'tester', 'x'));
    const secret = db.prepare("SELECT pw FROM user WHERE login='tester'").get<{ pw: string }>()?.pw ?? '';
    const cards = versions().bytes();
    const body = utf8(`${textOf(loginCard(environment.hash, 'tester', secret, cards))}${textOf(cards)}`);
    const replays: [number, number][] = [];
    onTurn = () => {
      const before = countHere();
      if (before === 0 || replays.length > 0) return;
      const { status } = handleXfer(repository, { contentType: PLAIN, body });
      replays.push([status, countHere() - before]);
    };
    assert.equal((await push(body)).status, 200);
    assert.deepEqual(replays, [[400, 0]]);
    assert.equal(countHere(), COUNT);
  });
});
