import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { textOf, utf8 } from '../../src/engine/codec/utf8';
import { EngineError, hasCode, type ErrorCode } from '../../src/engine/errors';
import { httpTransport, type HttpOptions } from '../../src/engine/transport/http';
import { serveHttp } from '../../src/engine/transport/http-server';
import { canonicalUrl, parseRemote } from '../../src/engine/xfer/remote';
import type { ExchangeReply, Session } from '../../src/engine/xfer/transport';
import { freePort } from '../support/fossil-server';
import { bytesOf } from './transport-suite';

const TYPE = 'application/x-fossil-debug';

/** Answers messages with their length, and says in shared memory that one has come whole. */
const LISTENING_THREAD = `
  const { parentPort, workerData: { arrived, type } } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    let length = 0;
    request.on('data', (piece) => (length += piece.length)).on('end', () => {
      Atomics.store(arrived, 0, 1);
      Atomics.notify(arrived, 0);
      response.setHeader('Content-Type', type);
      response.end(String(length));
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

describe('HTTP as Fossil speaks it', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    mock.restoreAll();
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  const listenHttp = (listener: RequestListener): Promise<number> => listen(createServer(listener));
  /** Answers any connection with fixed bytes, then ends it. */
  const listenRaw = (answer: string): Promise<number> =>
    listen(createSocketServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer))));

  async function open(url: string, options: Partial<HttpOptions> = {}): Promise<Session> {
    const session = await httpTransport({ variables: {}, ...options }).open(parseRemote(url));
    closing.push(() => session.close());
    return session;
  }

  async function exchange(url: string, options: Partial<HttpOptions> = {}): Promise<ExchangeReply> {
    const session = await open(url, options);
    return session.exchange({ contentType: TYPE, body: ({ user, path }) => utf8(`${user ?? '-'} ${path}\n`) });
  }

  /** The failure's sentence must name the host and be one for users. */
  async function fails(work: Promise<unknown>, code: ErrorCode, sentence: RegExp): Promise<void> {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof EngineError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /at .*:\d+:\d+|ECONN|UND_ERR|secret/);
      return true;
    });
  }

  it('posts with exact content type and length, never chunked, as a Fossil client', async () => {
    let seen: unknown;
    const port = await listenHttp((request, response) => {
      const { method, url, headers } = request;
      seen = [
        method,
        url,
        headers['content-type'],
        headers['content-length'],
        headers['transfer-encoding'],
        headers['accept-encoding'],
      ];
      assert.match(headers['user-agent'] ?? '', /^Fossil\//);
      response.writeHead(200, { 'Content-Type': TYPE }).end('x');
    });
    await bytesOf(await exchange(`http://127.0.0.1:${port}/a/b`));
    assert.deepEqual(seen, ['POST', '/a/b', TYPE, '7', undefined, undefined]);
  });

  for (const status of [301, 302, 307, 308]) {
    it(`follows a redirect with status ${status} by posting again, composed for the new address`, async () => {
      const asked: string[] = [];
      const port = await listenHttp((request, response) => {
        asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
        if (request.url === '/old') return response.writeHead(status, { Location: '/new/xfer' }).end('moved');
        response.writeHead(200, { 'Content-Type': TYPE });
        return request.pipe(response);
      });
      const session = await open(`http://bob:secret@127.0.0.1:${port}/old`);
      const reply = await session.exchange({
        contentType: TYPE,
        body: ({ user, path }) => utf8(`${user ?? '-'} ${path}`),
      });
      assert.equal(textOf(await bytesOf(reply)), 'bob /new');
      assert.deepEqual(asked, ['POST /old', 'POST /new']);
      assert.equal(session.remote.path, status === 301 || status === 308 ? '/new' : '/old');
    });

    it(`follows a redirect with status ${status} to statistics, too`, async () => {
      const port = await listenHttp((request, response) => {
        const [, place, rest] = /^\/(old|new)(.*)$/.exec(request.url ?? '') ?? [];
        if (place === 'old') return response.writeHead(status, { Location: `/new${rest ?? ''}` }).end();
        return response.end(JSON.stringify({ asked: rest }));
      });
      const session = await open(`http://127.0.0.1:${port}/old`);
      assert.deepEqual(await session.fetchJson('/json/stat?full=1'), { asked: '/json/stat?full=1' });
    });
  }

  for (const length of [200, 250_000]) {
    it(`tells that a message of ${length} bytes has gone when the server gets it without our thread`, async () => {
      const arrived = new Int32Array(new SharedArrayBuffer(4));
      const server = new Worker(LISTENING_THREAD, { eval: true, workerData: { arrived, type: TYPE } });
      closing.push(async () => {
        await server.terminate();
      });
      const [port] = (await once(server, 'message')) as [number];
      const session = await open(`http://127.0.0.1:${port}/`);
      let onSent = (): void => undefined;
      const sent = new Promise<void>((resolve) => (onSent = resolve));
      const exchanging = session.exchange({ contentType: TYPE, body: () => new Uint8Array(length) }, { onSent });
      await sent;
      await nextTurn();
      assert.notEqual(Atomics.wait(arrived, 0, 0, 10_000), 'timed-out');
      assert.equal(textOf(await bytesOf(await exchanging)), String(length));
    });
  }

  it('waits no longer for statistics because a redirect leads to them', async () => {
    const deadlines: AbortController[] = [];
    mock.method(AbortSignal, 'timeout', () => deadlines[deadlines.push(new AbortController()) - 1]?.signal);
    const port = await listenHttp((request, response) => {
      if (request.url === '/old') return response.writeHead(302, { Location: '/new' }).end();
      deadlines[0]?.abort();
      return response.end('{}');
    });
    const session = await open(`http://127.0.0.1:${port}/`);
    assert.equal(await session.fetchJson('/old'), undefined);
  });

  for (const [what, host] of [
    ['host', 'localhost'],
    ['port', '127.0.0.1'],
  ] as const) {
    it(`gives no login to another ${what} that a redirect leads to`, async () => {
      const other = await listenHttp((request, response) => {
        assert.equal(request.headers.authorization, undefined);
        response.writeHead(200, { 'Content-Type': TYPE });
        request.pipe(response);
      });
      const port = await listenHttp((_, response) =>
        response.writeHead(302, { Location: `http://${host}:${other}/` }).end(),
      );
      const reply = await exchange(`http://bob:secret@127.0.0.1:${port}/`);
      assert.equal(textOf(await bytesOf(reply)), '- /\n');
      assert.equal(reply.remote && canonicalUrl(reply.remote), `http://${host}:${other}/`);
    });
  }

  it('refuses redirects in a circle', async () => {
    const asked: unknown[] = [];
    const port = await listenHttp((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { Location: request.url?.startsWith('/a') === true ? '/b' : '/a' }).end();
    });
    await fails(exchange(`http://127.0.0.1:${port}/a`), 'redirect-refused', /^127\.0\.0\.1 redirects in circles/);
    const session = await open(`http://127.0.0.1:${port}/`);
    assert.equal(await session.fetchJson('/a?full=1'), undefined);
    assert.deepEqual(asked, ['/a', '/b', '/a?full=1', '/b?full=1']);
  });

  it('refuses redirects without end', async () => {
    let count = 0;
    const port = await listenHttp((_, response) => response.writeHead(302, { Location: `/${++count}` }).end());
    await fails(exchange(`http://127.0.0.1:${port}/`), 'redirect-refused', /more than 20 times/);
    assert.equal(count, 21);
  });

  it('refuses a redirect that leads nowhere or to another protocol', async () => {
    const port = await listenHttp((request, response) =>
      response.writeHead(302, request.url === '/a' ? {} : { Location: 'ssh://h/x' }).end(),
    );
    await fails(exchange(`http://127.0.0.1:${port}/a`), 'redirect-refused', /without saying where/);
    await fails(exchange(`http://127.0.0.1:${port}/b`), 'redirect-refused', /ssh:/);
  });

  it('answers a 401 with HTTP Basic once, then says that the login failed', async () => {
    const seen: (string | undefined)[] = [];
    const port = await listenHttp((request, response) => {
      seen.push(request.headers.authorization);
      const isAllowed = request.headers.authorization === `Basic ${Buffer.from('bob:secret').toString('base64')}`;
      response.writeHead(isAllowed ? 200 : 401, { 'Content-Type': TYPE }).end('x');
    });
    assert.equal(textOf(await bytesOf(await exchange(`http://bob:secret@127.0.0.1:${port}/`))), 'x');
    assert.equal(seen.length, 2);
    await fails(exchange(`http://bob:secret2@127.0.0.1:${port}/`), 'login-failed', /did not accept/);
    await fails(exchange(`http://127.0.0.1:${port}/`), 'password-needed', /wants a user name and a password/);
  });

  it('says that the host is unknown', async () => {
    await fails(exchange('http://nonexistent.invalid/'), 'unknown-host', /no server called nonexistent\.invalid/);
  });

  it('says that the connection was refused', async () => {
    const port = await freePort();
    await fails(exchange(`http://127.0.0.1:${port}/`), 'connection-refused', new RegExp(`127.0.0.1:${port} refused`));
  });

  it('says that nothing is there (404)', async () => {
    const port = await listenHttp((_, response) => response.writeHead(404).end('<h1>Not Found</h1>\u001b[2Jand clear'));
    await fails(
      exchange(`http://127.0.0.1:${port}/x`),
      'http-status',
      /has nothing at \/x .*404.*Not Found \[2Jand clear$/,
    );
  });

  it('says that it is no Fossil server: a web page, or no HTTP at all', async () => {
    const port = await listenHttp((_, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'),
    );
    await fails(exchange(`http://127.0.0.1:${port}/`), 'not-fossil', /web page/);
    const raw = await listenRaw('220 mail.example ESMTP\r\n');
    await fails(exchange(`http://127.0.0.1:${raw}/`), 'not-fossil', /did not answer in HTTP/);
  });

  it('says that the reply ended too early', async () => {
    const port = await listenRaw(`HTTP/1.0 200 OK\r\nContent-Type: ${TYPE}\r\nContent-Length: 1000\r\n\r\nonly this`);
    const reply = await exchange(`http://127.0.0.1:${port}/`);
    await fails(bytesOf(reply), 'reply-truncated', /ended (after 9 of 1000 bytes|too early)/);
  });

  it('says that the connection was lost when the server hangs up', async () => {
    const port = await listenRaw('');
    await fails(exchange(`http://127.0.0.1:${port}/`), 'connection-lost', /was lost/);
  });

  it('does not doubt that a server speaks HTTP once it has answered', async () => {
    let answered = 0;
    const port = await listenHttp((request, response) => {
      if (answered++ > 0) request.socket.destroy();
      else response.writeHead(200, { 'Content-Type': TYPE, Connection: 'close' }).end('x');
    });
    const session = await open(`http://127.0.0.1:${port}/`);
    const post = { contentType: TYPE, body: () => utf8('x') };
    await bytesOf(await session.exchange(post));
    await fails(session.exchange(post), 'connection-lost', /was lost\. Try again\.$/);
  });

  it('closes the socket at once when cancelled while the server is silent', async () => {
    const cancel = new AbortController();
    let hungUp: (() => void) | undefined;
    const disconnected = new Promise<void>((resolve) => (hungUp = resolve));
    const port = await listenHttp((request) => {
      request.socket.once('close', () => hungUp?.());
      cancel.abort();
    });
    const session = await open(`http://127.0.0.1:${port}/`);
    const exchanging = session.exchange({ contentType: TYPE, body: () => utf8('x') }, { signal: cancel.signal });
    await assert.rejects(exchanging, (error: unknown) => hasCode(error, 'cancelled'));
    await disconnected;
  });

  it('goes through a proxy, with the whole address in the request line', async () => {
    const asked: string[] = [];
    const port = await listenHttp((request, response) => {
      asked.push(request.url ?? '', request.headers.host ?? '');
      response.writeHead(200, { 'Content-Type': TYPE }).end('x');
    });
    const proxy = `http://127.0.0.1:${port}`;
    assert.equal(
      textOf(await bytesOf(await exchange('http://one.invalid/a', { variables: { http_proxy: proxy } }))),
      'x',
    );
    assert.equal(textOf(await bytesOf(await exchange('http://two.invalid/', { proxy }))), 'x');
    assert.deepEqual(asked, ['http://one.invalid/a', 'one.invalid', 'http://two.invalid/', 'two.invalid']);
  });

  describe('over TLS', () => {
    let directory: string;
    let certificate: string;
    let key: string;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'trilobite-tls-'));
      const [keyPath, certificatePath] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      const out = ['-keyout', keyPath, '-out', certificatePath, '-days', '3650', '-nodes'];
      await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...out, ...subject]);
      certificate = await readFile(certificatePath, 'utf8');
      key = await readFile(keyPath, 'utf8');
    });
    after(() => rm(directory, { recursive: true }));

    const listenTls = (listener: RequestListener): Promise<number> =>
      listen(createTlsServer({ cert: certificate, key }, listener).on('tlsClientError', () => undefined));

    it('refuses a certificate that nobody vouches for, and takes it when told to', async () => {
      const port = await listenTls((_, response) => response.writeHead(200, { 'Content-Type': TYPE }).end('x'));
      await fails(exchange(`https://127.0.0.1:${port}/`), 'tls-failed', /127\.0\.0\.1.*self-signed/);
      for (const options of [{ certificates: [certificate] }, { isStrict: false }])
        assert.equal(textOf(await bytesOf(await exchange(`https://127.0.0.1:${port}/`, options))), 'x');
    });

    it('says that the other side speaks no TLS', async () => {
      const port = await listenHttp((_, response) => response.end());
      await fails(exchange(`https://127.0.0.1:${port}/`), 'tls-failed', /does not speak TLS/);
    });

    it('says that the other side may speak nothing but TLS', async () => {
      const port = await listenTls((_, response) => response.end());
      const hint = /speaks TLS on this port, write https:\/\/ instead of http:\/\//;
      await fails(exchange(`http://127.0.0.1:${port}/`), 'connection-lost', hint);
      const alerting = await listenRaw('\x15\x03\x01\0\x02\x02\x46');
      await fails(exchange(`http://127.0.0.1:${alerting}/`), 'not-fossil', hint);
    });

    it('never gives up encryption for a redirect', async () => {
      const port = await listenTls((_, response) => response.writeHead(302, { Location: 'http://127.0.0.1/' }).end());
      const options = { certificates: [certificate] };
      await fails(exchange(`https://127.0.0.1:${port}/`, options), 'redirect-refused', /give up encryption/);
    });
  });
});

describe('The HTTP server', () => {
  it('tells browsers what is here, and where nothing is', async () => {
    const server = await serveHttp(
      { title: 'Demo <1>', xfer: () => ({ status: 200, contentType: TYPE, body: utf8('') }) },
      { port: 0 },
    );
    try {
      const home = await fetch(server.url);
      assert.equal(home.status, 200);
      assert.ok(home.headers.get('content-length'));
      assert.match(await home.text(), /Demo &#60;1&#62; is served here/);
      assert.equal((await fetch(`${server.url}json/stat`)).status, 404);
      assert.equal((await fetch(`${server.url}etc/passwd`)).status, 404);
      assert.equal((await fetch(server.url, { method: 'POST', body: 'x' })).status, 405);
    } finally {
      await server.close();
    }
  });

  it('refuses a message beyond its limit', async () => {
    const xfer = () => ({ status: 200, contentType: TYPE, body: utf8('') });
    const server = await serveHttp({ xfer }, { port: 0, limits: { bodyBytes: 10 } });
    try {
      const post = (body: string) => fetch(server.url, { method: 'POST', headers: { 'Content-Type': TYPE }, body });
      assert.equal((await post('0123456789')).status, 200);
      assert.equal((await post('0123456789a')).status, 413);
    } finally {
      await server.close();
    }
  });

  it('says that the port is taken', async () => {
    const handlers = { xfer: () => ({ status: 200, contentType: TYPE, body: utf8('') }) };
    const server = await serveHttp(handlers, { port: 0 });
    try {
      await assert.rejects(serveHttp(handlers, { port: server.port }), /Port \d+ is taken by another program/);
    } finally {
      await server.close();
    }
  });
});
