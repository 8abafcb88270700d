import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packContainer, unpackContainer } from '../../../src/engine/codec/container';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { nodeZlib } from '../../../src/engine/platform/zlib-node';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { sharedSecret } from '../../../src/engine/repository/users';
import { loginCard } from '../../../src/engine/xfer/login';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import { handleXfer, type ServerOptions } from '../../../src/engine/xfer/server';

/** Whoever does not say it gets no SHA3 names. */
const VERSION = 'pragma client-version 22100 20230226 192424\n';
const DEBUG = 'application/x-fossil-debug';

describe('The server of the sync protocol', () => {
  let directory: string;
  let repository: Repository;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-server-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  function nobodyMay(capabilities: string): void {
    repository.db.prepare("UPDATE user SET cap=? WHERE login='nobody'").run(capabilities);
  }

  function ask(message: MessageWriter | string, options: ServerOptions = {}): { status: number; text: string } {
    const body = typeof message === 'string' ? utf8(message) : message.bytes();
    const response = handleXfer(repository, { contentType: DEBUG, body }, options);
    return { status: response.status, text: textOf(response.body).replace(/# timestamp \S+ /, '# ') };
  }

  const begin = (): MessageWriter => new MessageWriter().card('push', 'x', repository.projectCode ?? '');
  const nameOf = (text: string): Hash => repository.environment.hash.hex('sha3-256', utf8(text)) as Hash;

  it('stores what is pushed, and asks for what it lacks', () => {
    nobodyMay('oi');
    const wanted = nameOf('other');
    const { text } = ask(begin().file(nameOf('hello'), utf8('hello')).igot(wanted));
    assert.equal(text, `gimme ${wanted}\n# errors 0\n`);
    const rid = repository.blobs.rid(nameOf('hello'));
    assert.equal(rid === undefined ? '' : textOf(repository.blobs.content(rid)), 'hello');
  });

  it('asks for what came as a delta of something shunned only whoever sends it whole then', () => {
    nobodyMay('oi');
    const { db, blobs } = repository;
    const [shunned, version] = ['the same\n'.repeat(20), `${'the same\n'.repeat(20)}and more\n`];
    db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(nameOf(shunned));
    const delta = createDelta(utf8(shunned), utf8(version));
    const push = (message: MessageWriter): string => ask(message.file(nameOf(version), delta, nameOf(shunned))).text;
    for (let time = 0; time < 2; time++) assert.equal(push(begin()), '# errors 0\n');
    // It is still missing.
    assert.equal(ask(begin()).text, `gimme ${nameOf(version)}\n# errors 0\n`);
    assert.match(push(begin().pragma('trilobite-seen', '1', '-')), new RegExp(`^gimme ${nameOf(version)}\n`));
    assert.equal(ask(begin().file(nameOf(version), utf8(version))).text, '# errors 0\n');
    assert.ok(blobs.isReadable(blobs.rid(nameOf(version)) ?? assert.fail()));
  });

  it('asks for what waited in private once it is announced in public', () => {
    nobodyMay('oi');
    const wanted = nameOf('other');
    repository.transaction(() => repository.blobs.ridOrPhantom(wanted, { isPrivate: true }));
    assert.equal(ask(begin()).text, '# errors 0\n');
    assert.equal(ask(begin().igot(wanted)).text, `gimme ${wanted}\n# errors 0\n`);
  });

  it('remembers a message that brought nothing new, so that it cannot bring back later what was removed', () => {
    const { db, environment } = repository;
    db.prepare("UPDATE user SET pw=?, cap='oi' WHERE login='tester'").run(sharedSecret(repository, 'tester', 'x'));
    const secret = db.prepare("SELECT pw FROM user WHERE login='tester'").get<{ pw: string }>()?.pw ?? '';
    const push = (comment: string): string => {
      const cards = begin().file(nameOf('hello'), utf8('hello')).comment(comment).bytes();
      assert.equal(ask(`${textOf(loginCard(environment.hash, 'tester', secret, cards))}${textOf(cards)}`).status, 200);
      return environment.hash.hex('sha1', cards);
    };
    const remembered = db.prepare('SELECT count(*) AS n FROM rcvfrom WHERE nonce=?');
    for (const nonce of [push('once'), push('again'), push('again')])
      assert.equal(remembered.get<{ n: number }>(nonce)?.n, 1);
  });

  it('rolls everything back when one artifact does not match its name, with status 400', () => {
    nobodyMay('oi');
    const { status, text } = ask(begin().file(nameOf('good'), utf8('good')).file(nameOf('bad'), utf8('evil')));
    assert.equal(status, 400);
    assert.match(text, new RegExp(nameOf('bad')));
    assert.equal(repository.blobs.rid(nameOf('good')), undefined);
  });

  it('keeps what came before a message breaks off', () => {
    nobodyMay('oi');
    const { status, text } = ask(
      `${textOf(begin().file(nameOf('hello'), utf8('hello')).bytes())}file ${nameOf('x')} 100\nabc`,
    );
    assert.equal(status, 200);
    assert.match(text, /^error .*announced/);
    assert.notEqual(repository.blobs.rid(nameOf('hello')), undefined);
  });

  it('refuses a message that inflates to more cards than anybody sends', () => {
    const { status, text } = ask('\n'.repeat(1_000_001));
    assert.equal(status, 200);
    assert.match(text, /^error .*more\\sthan\\s1000000\\scards/);
  });

  it('refuses what the sender may not do, and reads no further', () => {
    nobodyMay('');
    const project = repository.projectCode ?? '';
    const refusals: [string, string][] = [
      [`pull x ${project}\n`, 'not\\sauthorized\\sto\\sread'],
      [`file ${nameOf('a')} 1\na`, 'not\\sauthorized\\sto\\swrite'],
      [`pull x ${'0'.repeat(40)}\n`, 'wrong\\sproject'],
      ["config /config 11\n1 'css' x 1\n", 'not\\sauthorized\\sto\\spush\\sconfiguration'],
      ['login tester aa bb\n', 'login\\sfailed'],
    ];
    const more = 'pragma client-version 22100 20230226 192424\n';
    for (const [message, error] of refusals)
      assert.equal(ask(`${message}${more}`).text, `error ${error}\n# errors 1\n`);
    // A pull may follow.
    assert.equal(
      ask(`push x ${project}\n${more}`).text,
      'error not\\sauthorized\\sto\\swrite\npragma server-version 22100 20230226 192424\n# errors 1\n',
    );
    assert.equal(
      ask('clone 3 1\n').text,
      `push ${repository.serverCode} ${project}\nerror not\\sauthorized\\sto\\sclone\n# errors 1\n`,
    );
  });

  it('goes on after a card that it does not know', () => {
    nobodyMay('o');
    const { text } = ask(`of-the-future 1\npull x ${repository.projectCode ?? ''}\n`);
    assert.match(text, /^error bad\\scommand:\\sof-the-future\\s1\nigot [0-9a-f]{64}\n# errors 0\n$/);
  });

  it('answers a clone without a container even when the request came in one', () => {
    const body = packContainer(nodeZlib, utf8(`${VERSION}clone 3 1\n`));
    const response = handleXfer(repository, { contentType: 'application/x-fossil', body });
    assert.equal(response.contentType, 'application/x-fossil-uncompressed');
    assert.match(textOf(response.body), /^pragma server-version 22100 20230226 192424\ncfile [0-9a-f]{64} \d+ \d+\n/);
    assert.match(
      textOf(response.body),
      /\nclone_seqno 0\npush [0-9a-f]{40} [0-9a-f]{40}\n# timestamp \S{19} errors 0\n$/,
    );
  });

  it('sends a clone all but what is private or shunned, wherever that stands', () => {
    const put = (text: string, isPrivate = false): Hash =>
      repository.transaction(() => repository.blobs.put(utf8(text), { isPrivate }).hash);
    const [first, hidden, second, shunned, last] = [put('1'), put('2', true), put('3'), put('4'), put('5')];
    repository.db.prepare('INSERT INTO shun(uuid, mtime) VALUES(?, 0)').run(shunned);
    const { text } = ask(`${VERSION}clone 3 1\n`);
    for (const hash of [first, second, last]) assert.ok(text.includes(`cfile ${hash} 1 `), hash);
    for (const hash of [hidden, shunned]) assert.ok(!text.includes(hash), hash);
  });

  it('answers in a container what came in one, and takes an unreadable container for an unknown card', () => {
    const answer = (body: Uint8Array): string => {
      const response = handleXfer(repository, { contentType: 'application/x-fossil; charset=x', body });
      assert.equal(response.contentType, 'application/x-fossil');
      return textOf(unpackContainer(nodeZlib, response.body));
    };
    assert.match(answer(packContainer(nodeZlib, utf8('# nothing\n'))), /^# timestamp \S{19} errors 0\n$/);
    assert.match(answer(utf8('garbage\n')), /^error bad\\scommand:\\sgarbage\n/);
  });

  it('refuses a message beyond its limit', () => {
    const body = packContainer(nodeZlib, new Uint8Array(2000));
    const response = handleXfer(repository, { contentType: 'application/x-fossil', body }, { maxUpload: 1000 });
    assert.equal(response.status, 413);
  });

  it('names what has no room in a reply instead of sending it', () => {
    nobodyMay('o');
    repository.config.set('max-download', '1000');
    const [first, second] = [nameOf('a'.repeat(2000)), nameOf('b'.repeat(2000))];
    repository.transaction(() => {
      repository.blobs.put(utf8('a'.repeat(2000)), { name: first });
      repository.blobs.put(utf8('b'.repeat(2000)), { name: second });
    });
    const { text } = ask(`${VERSION}pull x ${repository.projectCode ?? ''}\ngimme ${first}\ngimme ${second}\n`);
    assert.ok(text.includes(`\nfile ${first} 2000\n`));
    assert.ok(text.includes(`igot ${second}\n`));
    assert.ok(!text.includes('bbbb'));
  });

  it('gets a client on whatever it asks itself', () => {
    nobodyMay('io');
    repository.config.set('max-download', '100');
    const first = nameOf('a'.repeat(2000));
    repository.transaction(() => {
      repository.blobs.put(utf8('a'.repeat(2000)), { name: first });
      repository.blobs.ridOrPhantom(nameOf('b'));
    });
    const project = repository.projectCode ?? '';
    const { text } = ask(`${VERSION}pull x ${project}\npush x ${project}\ngimme ${first}\n`);
    assert.ok(text.includes(`\ngimme ${nameOf('b')}\n`));
    assert.ok(text.includes(`\nfile ${first} 2000\n`));
  });

  it('changes nothing when it is read-only, even by clusters for a pull', () => {
    nobodyMay('oi');
    repository.transaction(() => {
      for (let index = 0; index < 120; index++) repository.blobs.put(utf8(`content ${index}`));
    });
    const message = `pull x ${repository.projectCode ?? ''}\n`;
    assert.equal(ask(message, { isReadOnly: true }).text.match(/^igot /gm)?.length, 121);
    assert.equal(repository.blobs.count(), 121);
    assert.equal(ask(message).text.match(/^igot /gm)?.length, 1);
    assert.equal(repository.blobs.count(), 122);
  });
});
