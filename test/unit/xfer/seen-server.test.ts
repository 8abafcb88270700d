import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packContainer } from '../../../src/engine/codec/container';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { acceptShunned, removeShunned, shun } from '../../../src/engine/repository/shun';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { CLIENT_VERSION } from '../../../src/engine/xfer/protocol-version';
import { handleXfer } from '../../../src/engine/xfer/server';

const DEBUG = 'application/x-fossil-debug';
const UNKNOWN = `${'0'.repeat(40)}.1.${'0'.repeat(16)}`;

interface Reply {
  text: string;
  cards: string[];
  /** Its bytes on the wire. */
  packed: number;
}

describe('How far a client has seen a server', () => {
  let directory: string;
  let repository: Repository;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-seen-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    // Measuring ends when its time is over: here none passes.
    const start = environment.clock.now();
    const clock = { now: () => start, sleep: () => Promise.resolve(), yield: () => Promise.resolve() };
    const timeless = { ...environment, clock };
    repository = createRepository(timeless, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    nobodyMay('gio');
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  function nobodyMay(capabilities: string): void {
    repository.db.prepare("UPDATE user SET cap=? WHERE login='nobody'").run(capabilities);
  }

  function add(text: string, options: { isPrivate?: boolean } = {}): Hash {
    return repository.transaction(() => repository.blobs.put(utf8(text), options).hash);
  }

  function ask(...cards: ((message: MessageWriter) => void)[]): Reply {
    const message = new MessageWriter().pragma('client-version', ...CLIENT_VERSION);
    for (const card of cards) card(message);
    const { body } = handleXfer(repository, { contentType: DEBUG, body: message.bytes() });
    const text = textOf(body);
    const packed = packContainer(repository.environment.zlib, body).length;
    return { text, packed, cards: text.split('\n') };
  }

  const seen =
    (token: string, ...more: string[]) =>
    (message: MessageWriter): void =>
      void message.pragma('trilobite-seen', '1', token, ...more);
  const send =
    (...position: string[]) =>
    (message: MessageWriter): void =>
      void message.pragma('trilobite-send', '1', ...position);
  const sentIn = ({ text }: Reply): Hash[] =>
    [...text.matchAll(/file ([0-9a-f]{64}) /g)].map(([, name]) => name as Hash);
  /** Text that can hardly be compressed, other for each number. */
  function noise(number: number, length: number): string {
    const words = Array.from({ length: Math.ceil(length / 64) }, (_, index) => nameOf(`${number} ${index}`));
    return words.join('').slice(0, length);
  }
  const pull = (message: MessageWriter): void => void message.card('pull', 'x', repository.projectCode ?? '');
  const push = (message: MessageWriter): void => void message.card('push', 'x', repository.projectCode ?? '');
  const ridOf = (hash: Hash): Rid => repository.blobs.rid(hash) ?? assert.fail();
  const nameOf = (text: string): Hash => repository.environment.hash.hex('sha3-256', utf8(text)) as Hash;

  /** No line feed stands before it when an artifact does. */
  const tokenIn = ({ text }: Reply): string | undefined => /pragma trilobite-up-to 1 (\S+)\n/.exec(text)?.[1];
  const token = (): string => tokenIn(ask(seen('-'), pull)) ?? assert.fail('no token');
  const toCome = (reply: { cards: string[] }): string | undefined =>
    reply.cards.find((card) => card.startsWith('pragma trilobite-to-come '));

  it('is not spoken of to who has not asked, and an unknown client gets a token but nothing is sent to it', () => {
    add('one');
    assert.doesNotMatch(ask(pull).text, /trilobite/);
    const reply = ask(seen('-'), send(), pull);
    assert.equal(toCome(reply), undefined);
    assert.match(tokenIn(reply) ?? '', new RegExp(`^${repository.serverCode}\\.\\d+\\.[0-9a-f]{16}$`));
    assert.equal(sentIn(reply).length, 0);
  });

  it('decides what is sent without being asked for: all that came since, after how much it is', () => {
    add('one'.repeat(100));
    const before = token();
    const names = ['two', 'three'].map((word) => add(word.repeat(100)));
    const reply = ask(seen(before), send(), pull);
    assert.deepEqual(sentIn(reply).sort(), names.sort());
    assert.equal(toCome(reply), 'pragma trilobite-to-come 1 2 0 0');
    assert.ok(reply.text.indexOf('to-come') < reply.text.indexOf('\nfile '));
    assert.ok(
      names.every((name) => !reply.text.includes(`igot ${name}`)),
      'nor is it announced',
    );
    assert.equal(toCome(ask(seen(tokenIn(reply) ?? ''), send(), pull)), 'pragma trilobite-to-come 1 0 0 0');
  });

  it('has nothing sent twice that is asked for by name as well', () => {
    add('one');
    const before = token();
    const names = ['two', 'three'].map((word) => add(word.repeat(100)));
    const gimmes = names.map((name) => (message: MessageWriter) => void message.card('gimme', name));
    assert.deepEqual(sentIn(ask(seen(before), send(), pull, ...gimmes)).sort(), names.sort());
  });

  it('lets a long answer go on where it stopped, and what follows is told to the byte', () => {
    add('one');
    const before = token();
    const names = Array.from({ length: 60 }, (_, index) => add(noise(index, 2000)));
    repository.config.set('max-download', '30000');
    const [sent, said, sizes]: [Hash[], [number, number][], number[]] = [[], [], []];
    for (let position: string[] = []; ;) {
      const reply = ask(seen(before), send(...position), pull);
      const [, plan = '', first = ''] = /^pragma trilobite-sending 1 (\d+) (\d+)$/m.exec(reply.text) ?? assert.fail();
      const [, left, bytes, deviation] = /to-come 1 (\d+) (\d+) (\d+)/.exec(reply.text) ?? assert.fail(reply.text);
      assert.equal(deviation, '0');
      assert.equal(Number(first), sent.length);
      const here = sentIn(reply);
      sent.push(...here);
      said.push([Number(left), Number(bytes)]);
      sizes.push(reply.packed);
      assert.equal(tokenIn(reply) === undefined, sent.length < 60, 'the token is told at the end');
      if (Number(left) === here.length) break;
      position = [plan, String(Number(first) + here.length)];
    }
    assert.deepEqual(sent.sort(), names.sort());
    assert.ok(sizes.length >= 4, String(sizes.length));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    said.forEach(([left, bytes], index) => {
      const truth = sizes.slice(index + 1).reduce((sum, size) => sum + size, 0);
      assert.ok(Math.abs(bytes - truth) <= total * 0.01, `${bytes} of ${truth} after reply ${index}`);
      if (index > 0) assert.ok(left < (said[index - 1]?.[0] ?? 0));
    });
  });

  it('does not make what is large to see how large the rest is', () => {
    add('one');
    const before = token();
    const names = [add(noise(1, 2000)), add(noise(2, 5_000_000)), add(noise(3, 2000)), add(noise(4, 2000))];
    repository.config.set('max-download', '1500');
    const large = ridOf(names[1] ?? assert.fail());
    const made: Rid[] = [];
    const { blobs } = repository;
    const [stored, content] = [blobs.stored.bind(blobs), blobs.content.bind(blobs)];
    blobs.stored = (rid) => {
      made.push(rid);
      return stored(rid);
    };
    blobs.content = (rid) => {
      made.push(rid);
      return content(rid);
    };
    // The newest is sent; of the others two are made, and of the large one it is told how much it is stored in.
    const reply = ask(seen(before), send(), pull);
    assert.equal(sentIn(reply).length, 1);
    const [, left, bytes] = /to-come 1 (\d+) (\d+) /.exec(reply.text) ?? assert.fail(reply.text);
    assert.equal(left, '4');
    const size = stored(large)?.container.length ?? assert.fail();
    assert.ok(Math.abs(Number(bytes) - size) < size * 0.05, `${bytes} of ${size}`);
    assert.ok(made.length > 0 && !made.includes(large), made.join());
  });

  it('has what is stored as a delta sent so, behind what it builds on, and the newest as a delta of what the client has', () => {
    const text = (word: string): string => `${noise(7, 3000)}${word}`;
    const [old, middle] = [add(text('old')), add(text('middle'))];
    const before = tokenIn(ask(seen('-'), pull)) ?? assert.fail();
    const [newer, newest] = [add(text('newer')), add(text('newest'))];
    const rid = (hash: Hash): string => `(SELECT rid FROM blob WHERE uuid='${hash}')`;
    repository.db.exec(`INSERT INTO event(type,mtime,objid) VALUES('ci',1,97),('ci',2,98),('ci',3,99);
      INSERT INTO mlink(mid,fid,pid) VALUES(97,${rid(middle)},${rid(old)}),(98,${rid(newer)},${rid(middle)}),(99,${rid(newest)},${rid(newer)})`);
    repository.transaction(() => repository.blobs.deltify(ridOf(newer), [ridOf(newest)]));
    const reply = ask(seen(before), send(), pull);
    const cards = [...reply.text.matchAll(/file ([0-9a-f]{64}) ([0-9a-f]{64} )?\d+$/gm)].map(([, name, source]) => [
      name,
      source?.trim(),
    ]);
    assert.deepEqual(cards, [
      [newest, middle],
      [newer, newest],
    ]);
  });

  it('leaves out what the client has, says where to go on, and spares nobody else the same', () => {
    add('one');
    const before = token();
    const names = [1, 2, 3, 4].map((number) => add(noise(number, 2000)));
    repository.config.set('max-download', '3000');
    const has = names.slice(2).map((name) => (message: MessageWriter) => void message.card('igot', name));
    const reply = ask(seen(before), send(), pull, push, ...has);
    // The newest come first.
    const positions = [...reply.text.matchAll(/pragma trilobite-sending 1 (\d+) (\d+)$/gm)];
    assert.deepEqual(
      positions.map(([, , index]) => index),
      ['0', '4'],
    );
    assert.deepEqual(sentIn(reply).sort(), names.slice(0, 2).sort());
    assert.equal(toCome(reply), 'pragma trilobite-to-come 1 2 0 0');
    assert.equal(toCome(ask(seen(before), send(), pull))?.split(' ')[3], '4');
  });

  it('sends nothing under the name of another whose row it has got in the middle of a plan', () => {
    add('one');
    const before = token();
    const [base, going] = [add(noise(1, 2000)), add(`${noise(1, 2000)} and more`)];
    repository.transaction(() => repository.blobs.deltify(ridOf(going), [ridOf(base)]));
    repository.config.set('max-download', '1000');
    const first = ask(seen(before), send(), pull);
    assert.deepEqual(sentIn(first), [base]);
    const [, plan = ''] = /^pragma trilobite-sending 1 (\d+) 0$/m.exec(first.text) ?? assert.fail(first.text);
    const row = ridOf(going);
    repository.transaction(() => {
      shun(repository, [going]);
      removeShunned(repository);
      acceptShunned(repository, [going]);
    });
    const late = add('written later');
    assert.equal(ridOf(late), row);
    const second = ask(seen(before), send(plan, '1'), pull);
    assert.deepEqual(sentIn(second), []);
    assert.doesNotMatch(second.text, /written later/);
    assert.match(second.text, new RegExp(`^igot ${late}$`, 'm'));
  });

  it('sends in full what could be a delta only of what nobody can read', () => {
    const [older, old, newest] = ['older', 'old', 'newest'].map((word) => `${noise(7, 3000)}${word}`) as [
      string,
      string,
      string,
    ];
    const unreadable = repository.transaction(() => {
      const source = repository.blobs.ridOrPhantom(nameOf(older));
      return repository.blobs.putDangling(nameOf(old), createDelta(utf8(older), utf8(old)), source);
    });
    const before = token();
    const name = add(newest);
    repository.db.exec(`INSERT INTO event(type,mtime,objid) VALUES('ci',1,99);
      INSERT INTO mlink(mid,fid,pid) VALUES(99,${ridOf(name)},${unreadable})`);
    const reply = ask(seen(before), send(), pull);
    assert.match(reply.text, new RegExp(`^file ${name} ${newest.length}$`, 'm'));
    assert.ok(reply.text.includes(newest));
  });

  it('takes up no plan that it cannot have made', () => {
    add('one');
    const before = token();
    const name = add('two');
    const reply = ask(seen(before), send('99999', '1'), pull);
    assert.deepEqual(sentIn(reply), [name]);
    assert.doesNotMatch(reply.text, /99999/);
  });

  it('takes no token of another server, of a receipt that is another one now, or that is none', () => {
    add('one');
    const before = token();
    const isKnown = (text: string): boolean => toCome(ask(seen(text), send(), pull)) !== undefined;
    assert.ok(isKnown(before));
    for (const other of [UNKNOWN, before.replace(/\.\d+\./, '.77.'), 'nonsense', `${before}0`]) {
      assert.ok(!isKnown(other), other);
    }
    repository.db.exec('UPDATE rcvfrom SET mtime=mtime+1');
    assert.ok(!isKnown(before), 'a backup was put back, and other things came under the same numbers');
  });

  it('takes no token whose receipt has grown', () => {
    add('one');
    const before = token();
    repository.db
      .exec(`INSERT INTO blob(rcvid,size,uuid,content) SELECT rcvid, size, '${nameOf('x')}', content FROM blob
      WHERE rcvid=(SELECT max(rcvid) FROM blob) LIMIT 1`);
    assert.equal(toCome(ask(seen(before), send(), pull)), undefined);
  });

  it('never counts what is private, shunned, or known by name only', () => {
    add('one');
    const before = token();
    add('secret', { isPrivate: true });
    const shunned = add('unwanted');
    repository.db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(shunned);
    repository.transaction(() => repository.blobs.ridOrPhantom(nameOf('phantom')));
    assert.equal(toCome(ask(seen(before), send(), pull)), 'pragma trilobite-to-come 1 0 0 0');
    assert.equal(token(), before, 'nor tells a token that anything has come');
    const clone = ask(seen('-', 'totals'), (message) => message.card('clone', '3', '1'));
    const sent = clone.text.match(/cfile [0-9a-f]{40,}/g)?.length;
    assert.equal((toCome(clone) ?? '').split(' ')[3], String(sent));
  });

  it('is told to nobody who may not read or clone', () => {
    add('one');
    const before = token();
    nobodyMay('');
    assert.doesNotMatch(ask(seen(before), send(), pull).text, /trilobite/);
    assert.doesNotMatch(ask(seen('-', 'totals'), (message) => message.card('clone', '3', '1')).text, /trilobite/);
  });

  it('goes on with what a client pushes as long as nobody else adds anything', () => {
    add('one');
    const before = token();
    const pushed = (text: string, at: string): ReturnType<typeof ask> =>
      ask(seen(at), push, (message) => message.file(nameOf(text), utf8(text)));
    const after = tokenIn(pushed('mine', before)) ?? assert.fail('no token');
    assert.equal(toCome(ask(seen(after), send(), pull)), 'pragma trilobite-to-come 1 0 0 0');
    add("somebody else's");
    assert.equal(tokenIn(pushed('mine, too', after)), undefined);
  });

  it('tells a clone what it will bring, to the byte', () => {
    for (const word of ['one', 'two', 'three']) add(word.repeat(1000));
    const message = new MessageWriter().pragma('client-version', ...CLIENT_VERSION);
    message.pragma('trilobite-seen', 1, '-', 'totals').card('clone', 3, 1);
    const reply = Buffer.from(handleXfer(repository, { contentType: DEBUG, body: message.bytes() }).body);
    const [, count, bytes] = /pragma trilobite-to-come 1 (\d+) (\d+)\n/.exec(reply.toString('latin1')) ?? assert.fail();
    assert.equal(Number(count), repository.blobs.count());
    assert.equal(reply.indexOf('clone_seqno') - reply.indexOf('cfile'), Number(bytes));
  });

  it('sends nothing unasked under SHA3 names to a client that does not say that it takes them', () => {
    const before = token();
    const added = add('new');
    const withoutVersion = (...cards: ((message: MessageWriter) => void)[]): string => {
      const message = new MessageWriter();
      for (const card of cards) card(message);
      return textOf(handleXfer(repository, { contentType: DEBUG, body: message.bytes() }).body);
    };
    assert.deepEqual(sentIn(ask(seen(before), send(), pull)), [added]);
    const reply = withoutVersion(seen(before), send(), pull);
    assert.ok(!reply.includes('\nfile ') && !reply.startsWith('file '), reply);
    assert.match(reply, new RegExp(`^igot ${added}$`, 'm'));
  });
});
