import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { packContainer } from '../../../src/engine/codec/container';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import { EngineError, hasCode } from '../../../src/engine/errors';
import { nodeZlib } from '../../../src/engine/platform/zlib-node';
import { recordingHandlers } from '../../../src/engine/transport/recording-handlers';
import type { RequestHandlers } from '../../../src/engine/transport/request-handlers';
import { messageInMemory } from '../../../src/engine/xfer/message-source';
import { parseRemote } from '../../../src/engine/xfer/remote';
import type { OpenedRequest, StreamedResponse } from '../../../src/engine/xfer/server';
import {
  formatEntry,
  parseTranscript,
  TRANSCRIPT_HEADING,
  type TranscriptEntry,
} from '../../../src/engine/xfer/transcript';
import { recordingTransport } from '../../../src/engine/xfer/transcript-recorder';
import { replayingTransport } from '../../../src/engine/xfer/transcript-replay';
import { SecretFilter, withoutSecrets } from '../../../src/engine/xfer/transcript-secrets';
import type { ExchangeReply, Transport } from '../../../src/engine/xfer/transport';
import { forSeeds } from '../../support/seeded';

const NAME = 'a'.repeat(40);
const SECRET = 'c0ffee'.repeat(6) + 'beef';
const clock = { now: () => 1000, sleep: () => Promise.resolve(), yield: () => Promise.resolve() };

function fileOf(entries: readonly TranscriptEntry[]): Uint8Array {
  return Uint8Array.from(Buffer.concat([TRANSCRIPT_HEADING, ...entries.map(formatEntry)]));
}

describe('A transcript', () => {
  const entries: TranscriptEntry[] = [
    { kind: 'session', url: 'http://bob@example.org/' },
    { kind: 'json', path: '/json/stat', body: utf8('{"a":1}') },
    { kind: 'json', path: '/json/stat', body: utf8('') },
    {
      kind: 'request',
      contentType: 'application/x-fossil',
      isPacked: true,
      wireLength: 17,
      body: utf8('igot x\n\nlength: 3\n\n'),
    },
    {
      kind: 'reply',
      contentType: 'application/x-fossil-debug',
      isPacked: false,
      wireLength: 5,
      announcedLength: 9,
      milliseconds: 12,
      brokenBy: 'connection-lost',
      body: Uint8Array.from([0, 10, 10, 255, 128]),
    },
    { kind: 'failure', code: 'http-status', message: 'It says: no' },
  ];

  it('comes back from its file as it was written', () => {
    assert.deepEqual(parseTranscript(fileOf(entries)), entries);
  });

  it('is readable: the kind, headings, a blank line and the message as it is', () => {
    const [, , , request] = entries;
    assert.ok(request);
    assert.equal(
      textOf(formatEntry(request)),
      'request\ncontent-type: application/x-fossil\npacked: yes\nwire-length: 17\nlength: 19\n\nigot x\n\nlength: 3\n\n\n',
    );
  });

  it('that is cut off or damaged is refused, never misread', () => {
    const file = fileOf(entries);
    const starts = new Set<number>([TRANSCRIPT_HEADING.length]);
    for (let at = TRANSCRIPT_HEADING.length, index = 0; index < entries.length; index++) {
      const entry = entries[index];
      at += entry ? formatEntry(entry).length : 0;
      starts.add(at);
    }
    for (let length = 0; length < file.length; length++) {
      if (starts.has(length)) continue;
      assert.throws(
        () => parseTranscript(file.subarray(0, length)),
        (error) => hasCode(error, 'stream-malformed'),
        `${length} bytes`,
      );
    }
    forSeeds(500, (seeded) => {
      try {
        parseTranscript(seeded.mutated(file, 1 + seeded.below(3)));
      } catch (error) {
        assert.ok(hasCode(error, 'stream-malformed'), String(error));
      }
    });
  });
});

describe('What is secret', () => {
  const shown = (message: string): string => textOf(withoutSecrets(utf8(message)));

  it('in a login card goes, and who logged in stays', () => {
    assert.equal(shown(`login b\\sob ${SECRET} ${SECRET}\npull a b\n`), 'login b\\sob removed removed\npull a b\n');
    // One token too many, or too few, is no login card; it is somebody's all the same.
    for (const line of [`login bob ${SECRET}`, `login bob ${SECRET} ${SECRET} x`, ` login bob ${SECRET} ${SECRET}`])
      assert.ok(!shown(`${line}\n`).includes(SECRET), line);
  });

  it('in cookies, in configuration and in addresses goes', () => {
    const row = (table: string, text: string): string => `config ${table} ${text.length}\n${text}\n`;
    for (const message of [
      `cookie ${SECRET}\n`,
      row('/user', `5 'bob' pw '${SECRET}' cap 's' info '' photo NULL`),
      row('/user', `5 'bob' pw X'${SECRET}' cap 's'`),
      row('/config', `5 'last-sync-pw' value '${SECRET}'`),
      row('/config', `5 'http-auth:http://x/' value '${SECRET}'`),
      row('/config', `5 'sync-url:o' value 'http://bob:${SECRET}@x/'`),
      row('/config', `5 'last-sync-pw' value '${SECRET}' (`),
      row('/config', `5 'sync-url:o' value 'http://bob:${SECRET}@x/' (`),
      row('/config', `'${SECRET}'`),
      row('captcha-secret', SECRET),
      row('/user', `5 'bob' cap 's' info 'Bob <${SECRET}@b.c>'`),
      row('/subscriber', `5 'a@b.c' subscriberCode '${SECRET}'`),
      row('/subscriber', `5 '${SECRET}@b.c' suname 'bob' ssub 'a'`),
      row('/subscriber', `5 'a@b.c' suname 'bob' smip '${SECRET}'`),
      `pragma client-url http://bob:${SECRET}@host/\n`,
      `pragma link http://bob:${SECRET}@host/ x 5\n`,
      `config /user 500\n5 'bob' pw '${SECRET}'`,
      row('/user', `5 'bob' pw '${SECRET}' (`),
      `login bob ${SECRET} ${SECRET}`,
      `file ${NAME} -1\nconfig /user 60\n5 'bob' pw '${SECRET}'`,
    ]) {
      assert.ok(!shown(message).includes(SECRET), message);
      assert.ok(shown(message).length > 0);
    }
  });

  it('goes from rows that follow each other, and the cards around are still cards', () => {
    const row = `5 'bob' pw '${SECRET}' cap 's'`;
    const message = `private\nconfig /user ${row.length}\n${row}\nconfig /user ${row.length}\n${row}\nconfig /config 11\n5 'a' value 1\nprivate\n`;
    const kept = "5 'bob' pw 'removed' cap 's'";
    assert.equal(
      shown(message),
      `private\nconfig /user ${kept.length}\n${kept}\nconfig /user ${kept.length}\n${kept}\nconfig /config 11\n5 'a' value 1\nprivate\n`,
    );
  });

  it('is all that goes: every other byte stays', () => {
    const payload = Uint8Array.from([0, 255, 10, 35, 10, 128]);
    const message = Buffer.concat([
      utf8(`pragma a http://x/\nfile ${NAME} 6\n`),
      payload,
      utf8(`cfile ${NAME} 9 6\n`),
      payload,
      utf8("\n\n \t\r\nof-the-future 1 2 3 4 5 6 7\n# note\nconfig /config 9\n5 'css' x?error a\\sb\nfile "),
      utf8(`${NAME} 100\nabc`),
    ]);
    assert.deepEqual(Buffer.from(withoutSecrets(message)), message);
  });

  it('goes the same in whatever pieces the message comes', () => {
    const row = (table: string, text: string): string => `config ${table} ${text.length}\n${text}\n`;
    const rows = row('/user', `5 'bob' pw '${SECRET}' cap 's'`) + row('/config', "5 'css' value 'x'");
    const message = `login bob ${SECRET} ${SECRET}\nfile ${NAME} 6\nlogin\n${rows}cookie ${SECRET}\ncfile ${NAME} 9 3\nabc\n# x\n`;
    const broken = [`file ${NAME} -1\n${rows}`, `config /user 99\n5 'bob' pw '${SECRET}'`, `file ${NAME} 9\nab`];
    for (const text of [message, ...broken.map((end) => message + end)]) {
      const bytes = utf8(text);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const filter = new SecretFilter();
        const pieces = [bytes.subarray(0, cut), bytes.subarray(cut, cut + 1), bytes.subarray(cut + 1)];
        const kept = Buffer.concat([...pieces.flatMap((piece) => filter.push(piece)), ...filter.end()]);
        assert.equal(kept.toString('latin1'), textOf(withoutSecrets(bytes)), `cut at ${cut}`);
      }
    }
  });
});

describe('A server that records', () => {
  const options = { zlib: nodeZlib, clock };
  const message: OpenedRequest = { contentType: 'application/x-fossil', message: messageInMemory(utf8('pull a b\n')) };
  function recorder(): { write: (pieces: Iterable<Uint8Array>) => void; entries: () => TranscriptEntry[] } {
    const written: Uint8Array[] = [TRANSCRIPT_HEADING];
    return {
      write: (pieces) => {
        for (const piece of pieces) written.push(new Uint8Array(piece));
      },
      entries: () => parseTranscript(Buffer.concat(written)),
    };
  }
  const handlersOf = (response: StreamedResponse): RequestHandlers => ({
    xfer: () => assert.fail(),
    stream: () => Promise.resolve(response),
  });

  it('holds none of a long answer: what is sent may be overwritten at once', async () => {
    const [count, size] = [8, 1024 * 1024];
    const contentType = 'application/x-fossil-uncompressed';
    const heading = utf8(`cfile ${NAME} ${count * size} ${count * size}\n`);
    const piece = new Uint8Array(size);
    const { write, entries } = recorder();
    const recorded = recordingHandlers(
      handlersOf({
        ...{ status: 200, contentType, length: heading.length + count * size, close: () => undefined },
        *pieces() {
          yield heading;
          for (let number = 0; number < count; number++) yield piece.fill(number);
        },
      }),
      { ...options, write },
    );
    const answer = (await recorded.stream?.(message)) ?? assert.fail();
    let sent = 0;
    for (const { length } of answer.pieces()) sent += length;
    assert.equal(entries().length, 0, 'told when it has left');
    answer.close();
    answer.close();
    const [session, request, reply, ...more] = entries();
    assert.deepEqual([session?.kind, request?.kind, reply?.kind, more.length], ['session', 'request', 'reply', 0]);
    assert.ok(reply?.kind === 'reply' && reply.wireLength === sent && reply.brokenBy === undefined);
    assert.equal(reply.body.length, sent);
    for (let number = 0; number < count; number++)
      assert.equal(reply.body[heading.length + number * size], number, `piece ${number}`);
  });

  it('unpacks a container, however large it is, and tells of an answer that nobody heard to its end', async () => {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
    const noise = cipher.update(Buffer.alloc(5 * 1024 * 1024));
    const body = Buffer.concat([
      utf8(`file ${NAME} ${noise.length}\n`),
      noise,
      utf8(`login bob ${SECRET} ${SECRET}\n`),
    ]);
    const packed = packContainer(nodeZlib, body);
    for (const isWhole of [true, false]) {
      const { write, entries } = recorder();
      const recorded = recordingHandlers(
        handlersOf({
          ...{ status: 200, contentType: 'application/x-fossil', length: packed.length, close: () => undefined },
          pieces: () => [packed.subarray(0, 100_000), packed.subarray(100_000)],
        }),
        { ...options, write },
      );
      const answer = (await recorded.stream?.(message)) ?? assert.fail();
      for (const piece of answer.pieces()) if (piece.length > 0 && !isWhole) break;
      answer.close();
      const reply = entries().at(-1);
      assert.ok(reply?.kind === 'reply');
      assert.equal(reply.brokenBy, isWhole ? undefined : 'reader-left');
      const kept = isWhole ? Buffer.from(withoutSecrets(body)) : Buffer.alloc(0);
      assert.ok(Buffer.from(reply.body).equals(kept));
    }
  });
});

describe('Recording and replaying', () => {
  const reply = (body: Uint8Array, length = body.length, contentType = 'application/x-fossil'): ExchangeReply => ({
    contentType,
    length,
    chunks: (async function* () {
      yield await Promise.resolve(body.subarray(0, 3));
      yield body.subarray(3);
    })(),
  });
  const answering = (...replies: (ExchangeReply | EngineError)[]): Transport => ({
    open: (remote) =>
      Promise.resolve({
        remote,
        exchange: (request) => {
          request.body(remote);
          const next = replies.shift() ?? new EngineError('connection-lost', 'The end.');
          return next instanceof EngineError ? Promise.reject(next) : Promise.resolve(next);
        },
        fetchJson: () => Promise.resolve({ blobs: 3 }),
        close: () => Promise.resolve(),
      }),
  });
  const request = { contentType: 'application/x-fossil', body: () => packContainer(nodeZlib, utf8('pull a b\n')) };
  const remote = parseRemote(`http://bob:${SECRET}@example.org/`);
  const read = async ({ chunks }: ExchangeReply): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const chunk of chunks) pieces.push(chunk);
    return Buffer.concat(pieces);
  };

  it('changes nothing of what passes, and gives it again', async () => {
    const packed = packContainer(nodeZlib, utf8('igot x\n'));
    const plain = utf8('<html>no</html>');
    const pieces: Uint8Array[] = [];
    const recording = recordingTransport(
      answering(
        reply(packed),
        new EngineError('http-status', 'It\nfailed.'),
        reply(plain, 99, 'application/x-fossil-debug'),
      ),
      { zlib: nodeZlib, clock, write: (bytes) => pieces.push(bytes) },
    );
    const converse = async (transport: Transport): Promise<unknown[]> => {
      const session = await transport.open(remote);
      const heard: unknown[] = [await session.fetchJson('/json/stat')];
      for (let round = 0; round < 4; round++)
        heard.push(
          await session.exchange(request).then(
            async (answer) => [answer.contentType, await read(answer)],
            (error: unknown) => hasCode(error, 'http-status', 'connection-lost') && error.code,
          ),
        );
      return heard;
    };
    const heard = await converse(recording);
    assert.deepEqual(heard[1], ['application/x-fossil', Buffer.from(packed)]);
    const file = Buffer.concat(pieces);
    assert.ok(!file.includes(SECRET));
    const sent: string[] = [];
    const replaying = replayingTransport(parseTranscript(file), {
      zlib: nodeZlib,
      onRequest: (now, then) => sent.push(textOf(now), textOf(then ?? new Uint8Array(0))),
    });
    assert.deepEqual(await converse(replaying), heard);
    assert.deepEqual(sent, Array<string>(8).fill('pull a b\n'));
  });

  it('tells how much had come when a connection was lost, and breaks off there again', async () => {
    const lost: ExchangeReply = {
      contentType: 'application/x-fossil-uncompressed',
      chunks: (async function* () {
        yield await Promise.resolve(utf8('igot x\n'));
        throw new EngineError('connection-lost', 'Lost.');
      })(),
    };
    const pieces: Uint8Array[] = [];
    const recording = recordingTransport(answering(lost), {
      zlib: nodeZlib,
      clock,
      write: (bytes) => pieces.push(bytes),
    });
    const isLost = (error: unknown): boolean => hasCode(error, 'connection-lost');
    await assert.rejects(read(await (await recording.open(remote)).exchange(request)), isLost);
    const replaying = replayingTransport(parseTranscript(Buffer.concat(pieces)), { zlib: nodeZlib });
    const session = await replaying.open(remote);
    await assert.rejects(read(await session.exchange(request)), isLost);
    await assert.rejects(session.exchange(request), isLost);
  });

  it('keeps nothing of half a container, which may hold secrets that nobody can see', async () => {
    const half = packContainer(nodeZlib, utf8(`login bob ${SECRET} ${SECRET}\n`)).subarray(0, 20);
    const pieces: Uint8Array[] = [];
    const recording = recordingTransport(answering(reply(half)), {
      zlib: nodeZlib,
      clock,
      write: (bytes) => pieces.push(bytes),
    });
    await read(await (await recording.open(remote)).exchange(request));
    const last = parseTranscript(Buffer.concat(pieces)).at(-1);
    assert.ok(last?.kind === 'reply' && last.body.length === 0 && last.wireLength === 20);
  });
});
