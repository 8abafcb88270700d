import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { packContainer } from '../../../src/engine/codec/container';
import { utf8, textOf } from '../../../src/engine/codec/utf8';
import { hasCode, type ErrorCode } from '../../../src/engine/errors';
import { nodeZlib } from '../../../src/engine/platform/zlib-node';
import type { Card } from '../../../src/engine/xfer/card';
import { CardParser } from '../../../src/engine/xfer/card-parser';
import { readReply } from '../../../src/engine/xfer/message-reader';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';
import type { Hash } from '../../../src/engine/identifiers';
import { forSeeds } from '../../support/seeded';

const PLAIN = 'application/x-fossil-uncompressed';
const TRAILER = '# timestamp 2026-11-20T18:08:50 errors 0\n';
const SHA1 = 'a'.repeat(40) as Hash;
const SHA3 = 'b'.repeat(64) as Hash;

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size)
    yield await Promise.resolve(bytes.subarray(offset, offset + size));
}

async function read(
  message: Uint8Array | string,
  options: {
    contentType?: string;
    pieces?: number;
    length?: number | undefined;
    artifactLimit?: number;
    maxCards?: number;
  } = {},
): Promise<Card[]> {
  const bytes = typeof message === 'string' ? utf8(message) : message;
  const cards: Card[] = [];
  const length = 'length' in options ? options.length : bytes.length;
  const reply = {
    contentType: options.contentType ?? PLAIN,
    ...(length === undefined ? {} : { length }),
    chunks: inPieces(bytes, options.pieces ?? 65536),
  };
  const { artifactLimit, maxCards } = options;
  const limits = {
    ...(artifactLimit === undefined ? {} : { artifactLimit }),
    ...(maxCards === undefined ? {} : { maxCards }),
  };
  for await (const batch of readReply(reply, { zlib: nodeZlib, ...limits })) cards.push(...batch);
  return cards;
}

const fails = (code: ErrorCode) => (error: unknown) => hasCode(error, code);

describe('Reading a sync reply', () => {
  it('reads every kind of card', async () => {
    const cards = await read(
      `pragma server-version 22100 20230226 192424\n` +
        `push ${'1'.repeat(40)} ${'2'.repeat(40)}\nclone_seqno 17\nigot ${SHA1}\nigot ${SHA3} 1\ngimme ${SHA3}\n` +
        `error not\\sauthorized\\sto\\sclone\nmessage pull\\sonly\ncookie abc\nprivate\nfile ${SHA1} 3\nabc` +
        `cfile ${SHA3} ${SHA1} 500 2\nxy\nconfig /config 4\nrows\nuvigot a.txt 1 - 0\nuvfile b 1 ${SHA1} 2 0\nzzuvgimme c\n` +
        `reqconfig /all\nlogin a\\sb n s\npull s ${SHA1}\nclone 3 1\n${TRAILER}`,
    );
    assert.deepEqual(
      cards.map((card) => card.kind),
      [
        'pragma',
        'push',
        'clone-sequence',
        'igot',
        'igot',
        'gimme',
        'error',
        'message',
        'cookie',
        'private',
        'file',
        'cfile',
        'config',
      ].concat(['uvigot', 'uvfile', 'uvgimme', 'reqconfig', 'login', 'pull', 'clone', 'comment']),
    );
    assert.deepEqual(cards[4], { kind: 'igot', hash: SHA3, isPrivate: true });
    assert.deepEqual(cards[6], { kind: 'error', text: 'not authorized to clone' });
    assert.deepEqual(cards[10], { kind: 'file', hash: SHA1, payload: utf8('abc') });
    assert.deepEqual(cards[11], { kind: 'cfile', hash: SHA3, deltaSource: SHA1, size: 500, container: utf8('xy') });
    assert.deepEqual(cards[13], { kind: 'uvigot', name: 'a.txt', mtime: 1, size: 0 });
    assert.deepEqual(cards[14], { kind: 'uvfile', name: 'b', mtime: 1, hash: SHA1, size: 2, content: utf8('zz') });
    assert.deepEqual(cards[15], { kind: 'uvgimme', name: 'c' });
    assert.deepEqual(cards[17], { kind: 'login', user: 'a b', nonce: 'n', signature: 's' });
  });

  it('tells the kinds of an unversioned file: its deletion, its time alone, and one that is empty', async () => {
    const cards = await read(
      `uvfile gone.txt 1795198421 - 0 1\nuvfile dir/big.bin 9007199254740991 ${SHA3} 2147483647 4\n` +
        `uvfile empty 0 ${SHA1} 0 0\nuvfile unsaid 7 - 0 0\nuvigot dir/ä 8 ${SHA3} 12\n${TRAILER}`,
    );
    assert.deepEqual(cards.slice(0, 5), [
      { kind: 'uvfile', name: 'gone.txt', mtime: 1795198421, size: 0 },
      { kind: 'uvfile', name: 'dir/big.bin', mtime: 9007199254740991, hash: SHA3, size: 2147483647 },
      { kind: 'uvfile', name: 'empty', mtime: 0, hash: SHA1, size: 0, content: new Uint8Array(0) },
      { kind: 'uvfile', name: 'unsaid', mtime: 7, size: 0 },
      { kind: 'uvigot', name: 'dir/ä', mtime: 8, hash: SHA3, size: 12 },
    ]);
  });

  it('takes for unknown what only looks like a card about an unversioned file', async () => {
    const lines = [
      'uvigot a 1 -',
      'uvigot a 1 - 0 0',
      'uvigot ../a 1 - 0',
      'uvigot a -1 - 0',
      'uvigot a 1 xyz 0',
    ].concat(
      ['uvigot a 99999999999999999999 - 0', 'uvigot a 1 - 2147483648', 'uvgimme', 'uvgimme a b', 'uvgimme /etc/passwd'],
      ['uvgimme a\\b', 'uvgimme ..'],
    );
    const cards = await read(`${lines.join('\n')}\n${TRAILER}`);
    assert.deepEqual(
      cards.slice(0, -1),
      lines.map((line) => ({ kind: 'unknown', line })),
    );
  });

  it('finds the same cards however the bytes are cut', async () => {
    const message = new MessageWriter()
      .pragma('server-version', 22100, 20230226, 192424)
      .file(SHA1, utf8('one\ntwo\n\n# three'))
      .compressedFile(SHA3, 99, Uint8Array.from([0, 10, 35, 10]), SHA1)
      .config('/config', utf8("1 'project-name' value 'x'"))
      .card('clone_seqno', 0)
      .comment('timestamp 2026-11-20T18:08:50 errors 0')
      .bytes();
    const whole = await read(message);
    for (const pieces of [1, 2, 3, 7, 50]) assert.deepEqual(await read(message, { pieces }), whole);
  });

  it('gives payloads that lie in one chunk as views, not copies', async () => {
    const bytes = utf8(`file ${SHA1} 5\nhello${TRAILER}`);
    const [card] = await read(bytes);
    assert.ok(card?.kind === 'file');
    assert.equal(card.payload.buffer, bytes.buffer);
    assert.equal(textOf(card.payload), 'hello');
  });

  it('puts a long payload together while it comes, and keeps apart what follows', async () => {
    const payload = randomFillSync(new Uint8Array(5_000_001));
    const message = new MessageWriter().file(SHA1, payload).file(SHA3, utf8('more')).bytes();
    for (const pieces of [65_536, 4_200_000]) {
      const [first, second] = await read(Buffer.concat([message, utf8(TRAILER)]), { pieces });
      assert.ok(first?.kind === 'file' && second?.kind === 'file');
      assert.ok(Buffer.from(first.payload).equals(payload));
      assert.equal(first.payload.buffer.byteLength, payload.length);
      assert.equal(textOf(second.payload), 'more');
    }
  });

  it('skips blank lines and takes a last line without line feed', async () => {
    assert.deepEqual(await read(`\n\nprivate\n \t\r\n${TRAILER.trimEnd()}`), [
      { kind: 'private' },
      { kind: 'comment', text: 'timestamp 2026-11-20T18:08:50 errors 0' },
    ]);
  });

  it('takes blank lines that follow one another for one card, so that millions of them cost nothing', () => {
    const parser = new CardParser({ payloadLimit: 1000 });
    parser.push(utf8(`private\n${'\n'.repeat(1_000_000)}private\n`));
    assert.deepEqual(parser.next(), { kind: 'private' });
    assert.deepEqual(parser.next(), { kind: 'blank', lines: 1_000_000 });
    assert.deepEqual(parser.next(), { kind: 'private' });
    assert.equal(parser.position, 1_000_016);
    assert.equal(parser.next(), undefined);
  });

  it('refuses more cards than any honest reply holds', async () => {
    const message = `${'private\n'.repeat(10)}${'\n'.repeat(100)}`;
    assert.equal((await read(message, { maxCards: 10 })).length, 10);
    await assert.rejects(read(`${message}private\n`, { maxCards: 10 }), fails('protocol'));
  });

  it('inflates a compressed reply', async () => {
    const container = packContainer(nodeZlib, utf8(`file ${SHA1} 3\nabc${TRAILER}`));
    const cards = await read(container, { contentType: 'application/x-fossil', pieces: 5 });
    assert.deepEqual(cards[0], { kind: 'file', hash: SHA1, payload: utf8('abc') });
  });

  it('survives lines of other versions: unknown cards and pragmas, stray debug output', async () => {
    const cards = await read(`pragma of-the-future 1 2 3\n%%%% left over\nerror Write+permissions+missing\n${TRAILER}`);
    assert.deepEqual(cards[1], { kind: 'unknown', line: '%%%% left over' });
    assert.deepEqual(cards[2], { kind: 'error', text: 'Write permissions missing' });
  });

  it('says that a web page is no sync reply', async () => {
    await assert.rejects(read('<!DOCTYPE html>\n<html></html>\n'), fails('not-fossil'));
  });

  it('fails at once when a payload declares more bytes than the reply has', async () => {
    let taken = 0;
    const head = utf8(`file ${SHA1} 400000000\nabc`);
    const chunks = (async function* () {
      for (;;) {
        taken++;
        yield await Promise.resolve(taken === 1 ? head : new Uint8Array(10));
      }
    })();
    const reading = async (): Promise<void> => {
      const reply = { contentType: PLAIN, length: head.length + 10, chunks };
      for await (const batch of readReply(reply, { zlib: nodeZlib })) assert.equal(batch.length, 0);
    };
    await assert.rejects(reading(), fails('reply-truncated'));
    assert.equal(taken, 1);
  });

  it('fails when the reply ends inside a payload', async () => {
    await assert.rejects(read(`file ${SHA1} 10\nabc`, { length: undefined }), fails('reply-truncated'));
  });

  it('fails when a reply of unknown length ends before its trailer', async () => {
    await assert.rejects(read('private\n', { length: undefined }), fails('reply-truncated'));
    assert.equal((await read(`private\n${TRAILER}`, { length: undefined })).length, 2);
  });

  it('refuses an artifact beyond the limit before reading it', async () => {
    await assert.rejects(read(`file ${SHA1} 1001\n`, { artifactLimit: 1000 }), fails('artifact-too-large'));
    await assert.rejects(read(`cfile ${SHA1} 1001 5\n`, { artifactLimit: 1000 }), fails('artifact-too-large'));
    await assert.rejects(read(`uvfile a 1 ${SHA1} 1001 0\n`, { artifactLimit: 1000 }), fails('artifact-too-large'));
  });

  it('refuses a container that declares more than it can hold', async () => {
    const container = packContainer(nodeZlib, utf8('private\n'));
    container.set([0x7f, 0xff, 0xff, 0xff]);
    await assert.rejects(read(container, { contentType: 'application/x-fossil' }), fails('container-malformed'));
  });

  it('refuses cards whose names or sizes are not what they must be', async () => {
    for (const line of [
      'file xyz 3',
      `file ${SHA1} -3`,
      `file ${SHA1} 3x`,
      `file ${SHA1}`,
      `file ${SHA1.toUpperCase()} 3`,
      'clone_seqno -1',
      'uvfile a 1',
      `uvfile a 1 ${SHA1} 3`,
      `uvfile ../a 1 ${SHA1} 3 0`,
      `uvfile a/ 1 ${SHA1} 3 0`,
      `uvfile \u{1f600} 1 ${SHA1} 3 0`,
      `uvfile a -1 ${SHA1} 3 0`,
      `uvfile a 1 ${SHA1.slice(1)} 3 0`,
      `uvfile a 1 ${SHA1} 3 x`,
      'uvfile a 1 - 3 0',
    ])
      await assert.rejects(read(`${line}\nabc\n`), fails('card-malformed'), line);
  });

  it('ends a plain reply without end before it fills the memory', async () => {
    const card = Buffer.concat([utf8(`file ${SHA1} 1000000\n`), new Uint8Array(1_000_000)]);
    async function* endless(): AsyncGenerator<Uint8Array> {
      // Ten times what is accepted stands for endless, so that a reader without a limit fails and does not hang.
      for (let sent = 0; sent < 700; sent++) yield await Promise.resolve(card);
    }
    const read = async (): Promise<void> => {
      const reply = { contentType: PLAIN, chunks: endless() };
      for await (const cards of readReply(reply, { zlib: nodeZlib, artifactLimit: 1_000_000 })) assert.ok(cards);
    };
    await assert.rejects(read(), fails('artifact-too-large'));
  });

  it('never hangs or fails otherwise than by an EngineError on damaged messages', async () => {
    const message = utf8(
      `pragma a\nfile ${SHA1} 3\nabcigot ${SHA3}\ncfile ${SHA3} 9 4\nabcd\nconfig /x 2\nab\n${TRAILER}`,
    );
    const damaged: Uint8Array[] = [];
    forSeeds(200, (seeded) => damaged.push(seeded.mutated(message, 1 + seeded.below(4))));
    for (const bytes of damaged)
      await read(bytes, { pieces: 16 }).catch((error: unknown) =>
        assert.ok(
          hasCode(error, 'card-malformed', 'reply-truncated', 'not-fossil', 'artifact-too-large'),
          String(error),
        ),
      );
  });
});
