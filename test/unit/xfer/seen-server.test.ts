import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { handleXfer } from '../../../src/engine/xfer/server';

const DEBUG = 'application/x-fossil-debug';
const UNKNOWN = `${'0'.repeat(40)}.1.${'0'.repeat(16)}`;

describe('How far a client has seen a server', () => {
  let directory: string;
  let repository: Repository;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-seen-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
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

  function ask(...cards: ((message: MessageWriter) => void)[]): { text: string; bytes: number; cards: string[] } {
    const message = new MessageWriter();
    for (const card of cards) card(message);
    const { body } = handleXfer(repository, { contentType: DEBUG, body: message.bytes() });
    const text = textOf(body);
    return { text, bytes: body.length, cards: text.split('\n') };
  }

  const seen =
    (token: string, ...more: string[]) =>
    (message: MessageWriter): void =>
      void message.pragma('trilobite-seen', '1', token, ...more);
  const pull = (message: MessageWriter): void => void message.card('pull', 'x', repository.projectCode ?? '');
  const push = (message: MessageWriter): void => void message.card('push', 'x', repository.projectCode ?? '');
  const nameOf = (text: string): Hash => repository.environment.hash.hex('sha3-256', utf8(text)) as Hash;

  function tokenIn({ cards }: { cards: string[] }): string | undefined {
    const prefix = 'pragma trilobite-up-to 1 ';
    return cards.find((card) => card.startsWith(prefix))?.slice(prefix.length);
  }
  const token = (): string => tokenIn(ask(seen('-'), pull)) ?? assert.fail('no token');
  const toCome = (reply: { cards: string[] }): string | undefined =>
    reply.cards.find((card) => card.startsWith('pragma trilobite-to-come '));

  it('is not spoken of to who has not asked, and an unknown client gets a token but no totals', () => {
    add('one');
    assert.doesNotMatch(ask(pull).text, /trilobite/);
    const reply = ask(seen('-', 'totals'), pull);
    assert.equal(toCome(reply), undefined);
    assert.match(tokenIn(reply) ?? '', new RegExp(`^${repository.serverCode}\\.\\d+\\.[0-9a-f]{16}$`));
  });

  it('tells what came since, to the byte, before the first artifact', () => {
    add('one'.repeat(100));
    const before = token();
    const names = ['two', 'three'].map((word) => add(word.repeat(100)));
    const reply = ask(seen(before, 'totals'), pull, (message) => {
      for (const name of names) message.card('gimme', name);
    });
    const [, announced] = /^pragma trilobite-to-come 1 2 (\d+)\n/.exec(reply.text) ?? assert.fail(reply.text);
    const rest = reply.text.slice(reply.text.indexOf('cfile'));
    const end = reply.text.indexOf('pragma trilobite-up-to');
    assert.ok(end > 0 && rest.startsWith(`cfile ${names[0] ?? ''} 300 `));
    const whole = ask(seen(before), pull, (message) => message.card('gimme', names[0] ?? ''));
    assert.match(whole.text, /^cfile /);
    // Each of the two cards, once with and once without the other.
    const one = ask(seen(before, 'totals'), pull).bytes;
    assert.ok(Math.abs(reply.bytes - one - Number(announced) + 2 * `igot ${names[0] ?? ''}\n`.length) <= 2);
    assert.equal(toCome(ask(seen(token(), 'totals'), pull)), 'pragma trilobite-to-come 1 0 0');
  });

  it('sends a new version as a delta of the one that the client has', () => {
    const old = add(`${'line of text\n'.repeat(200)}old`);
    const before = token();
    const content = `${'line of text\n'.repeat(200)}new`;
    const name = add(content);
    repository.db.exec(`INSERT INTO event(type,mtime,objid) VALUES('ci',1,99);
      INSERT INTO mlink(mid,fid,pid) SELECT 99, (SELECT rid FROM blob WHERE uuid='${name}'), (SELECT rid FROM blob WHERE uuid='${old}')`);
    const gimme = (message: MessageWriter): void => void message.card('gimme', name);
    assert.match(ask(seen(before, 'totals'), pull, gimme).text, new RegExp(`cfile ${name} ${old} ${content.length} `));
    const [, , , count, bytes] = (toCome(ask(seen(before, 'totals'), pull)) ?? '').split(' ');
    assert.equal(count, '1');
    assert.ok(Number(bytes) < 250, bytes);
  });

  it('takes no token of another server, of a receipt that is another one now, or that is none', () => {
    add('one');
    const before = token();
    const isKnown = (text: string): boolean => toCome(ask(seen(text, 'totals'), pull)) !== undefined;
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
    assert.equal(toCome(ask(seen(before, 'totals'), pull)), undefined);
  });

  it('never counts what is private, shunned, or known by name only', () => {
    add('one');
    const before = token();
    add('secret', { isPrivate: true });
    const shunned = add('unwanted');
    repository.db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(shunned);
    repository.transaction(() => repository.blobs.ridOrPhantom(nameOf('phantom')));
    assert.equal(toCome(ask(seen(before, 'totals'), pull)), 'pragma trilobite-to-come 1 0 0');
    assert.equal(token(), before, 'nor tells a token that anything has come');
    const clone = ask(seen('-', 'totals'), (message) => message.card('clone', '3', '1'));
    const sent = clone.text.match(/cfile [0-9a-f]{40,}/g)?.length;
    assert.equal((toCome(clone) ?? '').split(' ')[3], String(sent));
  });

  it('is told to nobody who may not read or clone', () => {
    add('one');
    const before = token();
    nobodyMay('');
    assert.doesNotMatch(ask(seen(before, 'totals'), pull).text, /trilobite/);
    assert.doesNotMatch(ask(seen('-', 'totals'), (message) => message.card('clone', '3', '1')).text, /trilobite/);
  });

  it('goes on with what a client pushes as long as nobody else adds anything', () => {
    add('one');
    const before = token();
    const pushed = (text: string, at: string): ReturnType<typeof ask> =>
      ask(seen(at), push, (message) => message.file(nameOf(text), utf8(text)));
    const after = tokenIn(pushed('mine', before)) ?? assert.fail('no token');
    assert.equal(toCome(ask(seen(after, 'totals'), pull)), 'pragma trilobite-to-come 1 0 0');
    add("somebody else's");
    assert.equal(tokenIn(pushed('mine, too', after)), undefined);
  });

  it('tells a clone what it will bring, to the byte', () => {
    for (const word of ['one', 'two', 'three']) add(word.repeat(1000));
    const message = new MessageWriter().pragma('trilobite-seen', 1, '-', 'totals').card('clone', 3, 1);
    const reply = Buffer.from(handleXfer(repository, { contentType: DEBUG, body: message.bytes() }).body);
    const [, count, bytes] = /pragma trilobite-to-come 1 (\d+) (\d+)\n/.exec(reply.toString('latin1')) ?? assert.fail();
    assert.equal(Number(count), repository.blobs.count());
    assert.equal(reply.indexOf('clone_seqno') - reply.indexOf('cfile'), Number(bytes));
  });
});
