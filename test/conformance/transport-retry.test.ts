import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as SocketServer,
  type Socket,
} from 'node:net';
import { textOf, utf8 } from '../../src/engine/codec/utf8';
import { EngineError, type ErrorCode } from '../../src/engine/errors';
import type { Clock } from '../../src/engine/platform/clock';
import { httpTransport } from '../../src/engine/transport/http';
import { TransientError } from '../../src/engine/transport/network-error';
import { retrying } from '../../src/engine/transport/retry';
import { parseRemote } from '../../src/engine/xfer/remote';
import type { Transport } from '../../src/engine/xfer/transport';
import { freePort } from '../support/fossil-server';
import { bytesOf } from './transport-suite';

const TYPE = 'application/x-fossil-debug';

const answering: RequestListener = (request, response) => {
  response.writeHead(200, { 'Content-Type': TYPE });
  request.pipe(response);
};

async function fails(work: Promise<unknown>, code: ErrorCode, sentence: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    return true;
  });
}

describe('Trying again', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function listen(server: Server | SocketServer): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  /** A clock that notes how long it was asked to sleep. */
  function clock(): { clock: Clock; slept: number[] } {
    const slept: number[] = [];
    return {
      slept,
      clock: {
        now: () => 0,
        yield: () => Promise.resolve(),
        sleep: (milliseconds) => {
          slept.push(milliseconds);
          return Promise.resolve();
        },
      },
    };
  }

  async function tryAgain(url: string, time: Clock, signal?: AbortSignal): Promise<string> {
    const session = await retrying(httpTransport({ variables: {} }), time).open(parseRemote(url));
    try {
      const options = signal === undefined ? {} : { signal };
      return textOf(await bytesOf(await session.exchange({ contentType: TYPE, body: () => utf8('hello') }, options)));
    } finally {
      await session.close();
    }
  }

  it('waits longer each time while nobody listens, then says so', async () => {
    const time = clock();
    await fails(tryAgain(`http://127.0.0.1:${await freePort()}/`, time.clock), 'connection-refused', /refused/);
    assert.deepEqual(time.slept, [500, 2000]);
  });

  it('succeeds as soon as somebody does', async () => {
    const port = await freePort();
    const slept: number[] = [];
    const time: Clock = {
      ...clock().clock,
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
        const server = createServer(answering);
        await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
        closing.push(() => new Promise((resolve) => void server.close(() => resolve())));
      },
    };
    assert.equal(await tryAgain(`http://127.0.0.1:${port}/`, time), 'hello');
    assert.deepEqual(slept, [500]);
  });

  for (const status of [503, 429]) {
    it(`comes back when the server says so (${status} with Retry-After), but not in an hour`, async () => {
      const waits = ['3', '0', '3600'];
      let requests = 0;
      const port = await listen(
        createServer((_, response) => {
          requests++;
          response.writeHead(status, { 'Retry-After': waits.shift() }).end('busy');
        }),
      );
      const time = clock();
      await fails(
        tryAgain(`http://127.0.0.1:${port}/`, time.clock),
        'http-status',
        new RegExp(`${status}.*busy.*again in 60 minutes`),
      );
      assert.deepEqual(time.slept, [3000, 2000]);
      assert.equal(requests, 3);
    });
  }

  it('does not happen once the request may have arrived, or the refusal is final', async () => {
    const answers = [
      '',
      'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n',
      'HTTP/1.0 503 Busy\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.0 500 No\r\nContent-Length: 0\r\n\r\n',
    ];
    let connections = 0;
    const port = await listen(
      createSocketServer((socket) => {
        connections++;
        socket.on('error', () => undefined).once('data', () => socket.end(answers[0] ?? ''));
      }),
    );
    const time = clock();
    const tries = answers.length;
    for (; answers.length > 0; answers.shift())
      await assert.rejects(tryAgain(`http://127.0.0.1:${port}/`, time.clock), EngineError);
    await assert.rejects(tryAgain('http://nonexistent.invalid/', time.clock), EngineError);
    assert.deepEqual([connections, time.slept], [tries, []]);
  });

  it('concerns the first meeting with a server, too', async () => {
    let tries = 0;
    const inner: Transport = {
      open: (remote) =>
        Promise.resolve({
          remote,
          exchange: () => assert.fail('nothing was asked'),
          fetchJson: () => assert.fail('nothing was asked'),
          greet: () =>
            ++tries < 3 ? Promise.reject(new TransientError('connection-refused', 'not yet', 0)) : Promise.resolve(),
          close: () => Promise.resolve(),
        }),
    };
    const time = clock();
    const session = await retrying(inner, time.clock).open(parseRemote('http://h/'));
    await session.greet?.();
    assert.deepEqual([tries, time.slept], [3, [500, 2000]]);
    tries = -1;
    await fails(session.greet?.() ?? assert.fail(), 'connection-refused', /not yet/);
    assert.equal(tries, 2, 'no more than two tries behind the first');
  });

  it('is cancelled while it waits', async () => {
    const cancel = new AbortController();
    const time: Clock = {
      ...clock().clock,
      sleep: (_, signal) => {
        assert.equal(signal, cancel.signal);
        cancel.abort();
        return Promise.resolve();
      },
    };
    await fails(tryAgain(`http://127.0.0.1:${await freePort()}/`, time, cancel.signal), 'cancelled', /Cancelled/);
  });
});
