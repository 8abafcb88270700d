import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { serveRepository } from '../../../src/engine/operations/serve';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Zlib } from '../../../src/engine/platform/zlib';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import type { HttpLimits } from '../../../src/engine/transport/http-limits';
import type { RunningServer } from '../../../src/engine/transport/http-server';
import type { ServerOptions } from '../../../src/engine/xfer/server-options';

const COMPRESSED = 'application/x-fossil';
/** Whoever does not say it gets no SHA3 names. */
const VERSION = 'pragma client-version 22100 20230226 192424\n';
const PLAIN = 'application/x-fossil-debug';

interface Case {
  what: string;
  limits?: Partial<HttpLimits>;
  options?: ServerOptions;
  /** Everything that is sent. */
  bytes: (repository: Repository) => Buffer;
  status: number;
  says: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: 'a body that is announced to be too long',
    limits: { bodyBytes: 100 },
    bytes: () => head(PLAIN, 101),
    status: 413,
    says: /larger than the 100 bytes/,
  },
  {
    what: 'a body of unknown length that grows too long',
    limits: { bodyBytes: 100 },
    bytes: () =>
      Buffer.from(`${headText(PLAIN)}Transfer-Encoding: chunked\r\n\r\nc8\r\n${'#'.repeat(200)}\r\n0\r\n\r\n`),
    status: 413,
    says: /larger than the 100 bytes/,
  },
  {
    what: 'a container that announces too much',
    limits: { messageBytes: 1000 },
    bytes: () => request(COMPRESSED, container(Buffer.alloc(1001, 10), 1001)),
    status: 413,
    says: /larger than the 1000 bytes/,
  },
  {
    what: 'a container that holds more than it announces, which is then no message',
    bytes: () => request(COMPRESSED, container(Buffer.alloc(1_000_000, 10), 10)),
    status: 200,
    says: /./s,
  },
  {
    what: 'a long container that holds more than it announces',
    limits: { memoryBytes: 1000 },
    bytes: () => request(COMPRESSED, container(Buffer.alloc(4_000_000, 10), 2_000_000)),
    status: 400,
    says: /cannot be unpacked/,
  },
  {
    what: 'a long container that is damaged',
    limits: { memoryBytes: 1000 },
    bytes: () => request(COMPRESSED, Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(5000, 7)])),
    status: 400,
    says: /cannot be unpacked/,
  },
  {
    what: 'too many cards',
    options: { maxCards: 10 },
    bytes: () => request(PLAIN, Buffer.from('# nothing\n'.repeat(11))),
    status: 200,
    says: /error .*more\\sthan\\s10\\scards/,
  },
  {
    what: 'too many artifacts asked for',
    options: { maxGimmes: 2 },
    bytes: ({ projectCode }) =>
      request(PLAIN, Buffer.from(`pull x ${projectCode ?? ''}\n${`gimme ${'1'.repeat(40)}\n`.repeat(3)}`)),
    status: 200,
    says: /error more\\sthan\\s2\\sartifacts/,
  },
  {
    what: 'header lines that never end',
    limits: { headerMs: 100 },
    bytes: () => Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    status: 408,
    says: /./s,
  },
  {
    what: 'a body that never comes',
    limits: { bodyMs: 50 },
    bytes: () => head(PLAIN, 1000),
    status: 408,
    says: /too slowly/,
  },
  {
    what: 'a body that comes too slowly',
    limits: { bodyMs: 50, bodyRate: 1_000_000 },
    bytes: () => Buffer.concat([head(PLAIN, 1000), Buffer.from('# some\n')]),
    status: 408,
    says: /too slowly/,
  },
  {
    what: 'more requests than it answers at once',
    limits: { requests: 0 },
    bytes: () => request(PLAIN, Buffer.from('# one\n')),
    status: 503,
    says: /Retry-After: \d+\r\n[^]*too much to do/,
  },
  {
    what: 'more requests than one address may have at once',
    limits: { requestsOfAddress: 0 },
    bytes: () => request(PLAIN, Buffer.from('# one\n')),
    status: 429,
    says: /Retry-After: \d+\r\n[^]*from your address/,
  },
  {
    what: 'an address that is none',
    bytes: () => Buffer.from('GET /%ff%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    status: 400,
    says: /not valid/,
  },
  {
    what: 'another method',
    bytes: () => Buffer.from('DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    status: 405,
    says: /Allow: GET, HEAD, POST/,
  },
];

describe('The limits of the server', function () {
  this.timeout(60_000);
  let directory: string;
  let repository: Repository;
  let server: RunningServer | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-limits-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    repository.db.prepare("UPDATE user SET cap='goi' WHERE login='nobody'").run();
  });
  afterEach(async () => {
    await server?.close();
    repository.close();
    await rm(directory, { recursive: true });
  });

  for (const { what, limits, options, bytes, status, says } of CASES) {
    it(`holds against ${what}`, async () => {
      server = await serveRepository(repository, { port: 0, ...options, limits: { lingerMs: 50, ...limits } });
      const reply = await replyTo(server.port, bytes(repository));
      assert.match(reply, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(reply, says);
    });
  }

  it('keeps long messages in a file, which is gone afterwards, and takes what they hold', async () => {
    server = await serveRepository(repository, { port: 0, limits: { memoryBytes: 1000 } });
    const content = Buffer.from('some words '.repeat(30_000));
    const name = repository.environment.hash.hex('sha3-256', content);
    const cards = Buffer.concat([
      Buffer.from(`push x ${repository.projectCode ?? ''}\nfile ${name} ${content.length}\n`),
      content,
    ]);
    const reply = await replyTo(server.port, request(COMPRESSED, container(cards, cards.length)));
    assert.match(reply, /^HTTP\/1\.1 200 /);
    assert.equal(
      repository.db.prepare('SELECT size FROM blob WHERE uuid=?').get<{ size: number }>(name)?.size,
      330_000,
    );
    assert.deepEqual(
      (await readdir(tmpdir())).filter((file) => file.startsWith('trilobite-message-')),
      [],
    );
  });

  it('keeps only so much in files at once, and takes the message when another one has been answered', async () => {
    process.env['TMPDIR'] = directory;
    try {
      server = await serveRepository(repository, {
        port: 0,
        limits: { lingerMs: 50, memoryBytes: 1000, messageBytes: 90_000, spoolBytes: 100_000 },
      });
      const body = Buffer.from('# comment\n'.repeat(8000));
      const first = connect(server.port, '127.0.0.1');
      const answered = replyOn(first);
      first.write(request(PLAIN, body).subarray(0, 60_000));
      await until(() => readdirSync(directory).some((file) => file.startsWith('trilobite-message-')));
      const refused = await replyTo(server.port, request(PLAIN, body));
      assert.match(refused, /^HTTP\/1\.1 503 [^]*Retry-After: \d+\r\n[^]*too many long messages/);
      assert.match(await replyTo(server.port, request(PLAIN, Buffer.from('# one\n'))), /^HTTP\/1\.1 200 /);
      first.write(request(PLAIN, body).subarray(60_000));
      assert.match(await answered, /^HTTP\/1\.1 200 /);
      assert.match(await replyTo(server.port, request(PLAIN, body)), /^HTTP\/1\.1 200 /);
    } finally {
      delete process.env['TMPDIR'];
    }
  });

  it('has only so many connections', async () => {
    server = await serveRepository(repository, { port: 0, limits: { connections: 1 } });
    const idle = connect(server.port, '127.0.0.1');
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    const refused = await replyTo(server.port, request(PLAIN, Buffer.from('# one\n'))).catch(() => '');
    assert.equal(refused, '');
    const gone = new Promise((resolve) => idle.once('close', resolve));
    idle.destroy();
    await gone;
    let reply = '';
    // The server hears a little later that somebody has gone.
    while (reply === '') reply = await replyTo(server.port, request(PLAIN, Buffer.from('# one\n'))).catch(() => '');
    assert.match(reply, /^HTTP\/1\.1 200 /);
  });

  describe('when very much is asked for', () => {
    const ARTIFACTS = 300;
    let pull: Buffer;
    /** What is called whenever somebody looks at the clock. */
    let atLook: () => void;
    let slow: Repository;

    beforeEach(() => {
      const hashes = repository.transaction(() =>
        Array.from({ length: ARTIFACTS }, () => repository.blobs.put(repository.environment.random.bytes(200)).hash),
      );
      repository.db.persist();
      const gimmes = hashes.map((hash) => `gimme ${hash}\n`).join('');
      pull = Buffer.from(`${VERSION}pull x ${repository.projectCode ?? ''}\n${gimmes}`);
      atLook = () => undefined;
      let passed = 0;
      const { environment, path } = repository;
      const now = (): number => {
        atLook();
        return environment.clock.now() + passed;
      };
      // Each artifact takes a second to read.
      const inflate: Zlib['inflate'] = (...args) => {
        passed += 1000;
        return environment.zlib.inflate(...args);
      };
      const [clock, zlib] = [
        { ...environment.clock, now },
        { ...environment.zlib, inflate },
      ];
      slow = Repository.open({ ...environment, clock, zlib }, path, { isPrivate: true });
    });
    afterEach(() => slow.close());

    it('sends what the time is enough for, and names the rest', async () => {
      slow.transaction(() => slow.config.set('max-download-time', '20'));
      server = await serveRepository(slow, { port: 0 });
      const reply = await replyTo(server.port, request(PLAIN, pull));
      const [sent, named] = [/file [0-9a-f]{64} \d/g, /igot [0-9a-f]{64}\n/g].map(
        (card) => reply.match(card)?.length ?? 0,
      );
      assert.ok(sent !== undefined && sent > 5 && sent < 25, `${sent} sent`);
      assert.ok(named !== undefined && named >= ARTIFACTS - sent, `${named} named`);
    });

    it('answers others meanwhile', async () => {
      server = await serveRepository(slow, { port: 0 });
      const other = connect(server.port, '127.0.0.1');
      await new Promise((resolve) => other.once('connect', resolve));
      const order: string[] = [];
      let looks = 0;
      atLook = () => {
        if (++looks === ARTIFACTS) other.write(request(PLAIN, Buffer.from('# one\n')));
      };
      await Promise.all([
        replyOn(other).then((reply) => order.push(reply.slice(0, 12), 'the other')),
        replyTo(server.port, request(PLAIN, pull)).then((reply) => order.push(reply.slice(0, 12), 'the long one')),
      ]);
      assert.deepEqual(order, ['HTTP/1.1 200', 'the other', 'HTTP/1.1 200', 'the long one']);
      assert.ok(looks > ARTIFACTS, `${looks} looks`);
    });
  });

  it('answers others while one client sends nothing more', async () => {
    server = await serveRepository(repository, { port: 0 });
    const idle = connect(server.port, '127.0.0.1');
    idle.on('error', () => undefined);
    idle.write(head(PLAIN, 1000));
    const reply = await replyTo(server.port, request(PLAIN, Buffer.from('# one\n')));
    assert.match(reply, /^HTTP\/1\.1 200 [^]*errors 0/);
    idle.destroy();
  });

  it('cuts the connection of a client that takes nothing of its answer', async () => {
    repository.transaction(() => {
      repository.config.set('max-download', '40000000');
      const bytes = repository.environment.random.bytes(16_000_000);
      for (let start = 0; start < bytes.length; start += 1_000_000)
        repository.blobs.put(bytes.subarray(start, start + 1_000_000));
    });
    server = await serveRepository(repository, { port: 0, limits: { stallMs: 100 } });
    const lazy: Socket = connect(server.port, '127.0.0.1');
    lazy.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => lazy.once('close', () => resolve()));
    lazy.pause();
    lazy.write(request(PLAIN, Buffer.from(`${VERSION}clone 3 1\n`)));
    const free = await replyTo(server.port, request(PLAIN, Buffer.from('# one\n')));
    assert.match(free, /^HTTP\/1\.1 200 /);
    // Nothing is read until the server has had enough; then the rest of what the system holds comes, less than was promised.
    await until(
      () => repository.db.prepare('SELECT count FROM temp.open_replies').get<{ count: number }>()?.count === 0,
    );
    let taken = 0;
    lazy.on('data', (piece: Buffer) => (taken += piece.length));
    lazy.resume();
    await closed;
    assert.ok(taken > 100_000 && taken < 16_000_000, `${taken} bytes came`);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends bytes and waits until the server ends the connection. */
function replyTo(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return replyOn(socket);
}

function replyOn(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
  });
}

function headText(contentType: string): string {
  return `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${contentType}\r\n`;
}

function head(contentType: string, length: number): Buffer {
  return Buffer.from(`${headText(contentType)}Content-Length: ${length}\r\n\r\n`);
}

function request(contentType: string, body: Buffer): Buffer {
  return Buffer.concat([head(contentType, body.length), body]);
}

function container(content: Buffer, announced: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(announced);
  return Buffer.concat([size, deflateSync(content)]);
}
