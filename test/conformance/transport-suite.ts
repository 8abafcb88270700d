import assert from 'node:assert/strict';
import { textOf, utf8 } from '../../src/engine/codec/utf8';
import { hasCode, type ErrorCode } from '../../src/engine/errors';
import type { RequestHandlers } from '../../src/engine/transport/request-handlers';
import type { Remote } from '../../src/engine/xfer/remote';
import type { ExchangeReply, Session, Transport } from '../../src/engine/xfer/transport';
import type { WireFaults } from '../support/wire-server';

/** A transport and the remote under which it reaches `handlers`. */
export interface TransportUnderTest {
  transport: Transport;
  remote: Remote;
  /** Resolves when nothing of the transport is open any more: connections, programs. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** What the suite wants of an adapter's surroundings. */
export interface TransportSurroundings {
  /**
   * Starts a server and a transport that leads to it.
   * @param faults - what happens to its replies; never given unless `canBreak`
   */
  start(handlers: RequestHandlers, faults?: WireFaults): Promise<TransportUnderTest>;
  /** Whether replies can be cut and held. */
  canBreak: boolean;
  /** Whether a deadline ends what stalls; `start` makes it short where the faults stall. */
  hasDeadlines: boolean;
  /** Whether a user of the remote is left out of it: over ssh the login is somebody else's business. */
  knowsLogin?: boolean;
  /** Whether `/json/...` is answered; default true. */
  hasJson?: boolean;
}

const TYPE = 'application/x-fossil-debug';

/** What every adapter of `Transport` keeps. Call it inside a `describe` of the adapter. */
export function transportSuite(surroundings: TransportSurroundings): void {
  const running: TransportUnderTest[] = [];
  const sessions: Session[] = [];

  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
    // A connection or a program that outlives its session would keep this waiting.
    for (const server of running) await server.idle();
    for (const server of running.splice(0)) await server.stop();
  });

  async function open(
    handlers: RequestHandlers,
    { faults, ...login }: { user?: string; password?: string; faults?: WireFaults } = {},
  ): Promise<Session> {
    const server = await surroundings.start(handlers, faults);
    running.push(server);
    const session = await server.transport.open({ ...server.remote, ...login });
    sessions.push(session);
    return session;
  }

  const echo: RequestHandlers = {
    xfer: ({ contentType, body }) => ({ status: 200, contentType, body }),
  };
  const post = (text: string) => ({ contentType: TYPE, body: () => utf8(text) });
  const fails = (work: Promise<unknown>, ...codes: ErrorCode[]) =>
    assert.rejects(work, (error: unknown) => {
      assert.ok(hasCode(error, ...codes), String(error));
      return true;
    });

  it('carries a message there and its reply back', async () => {
    const session = await open(echo);
    const reply = await session.exchange(post('pull a b\n'));
    assert.equal(reply.contentType, TYPE);
    assert.equal(reply.length, 9);
    assert.equal(textOf(await bytesOf(reply)), 'pull a b\n');
  });

  it('carries large binary messages unchanged, the reply in pieces', async () => {
    const body = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) & 255);
    const session = await open(echo);
    const reply = await session.exchange({ contentType: 'application/x-fossil', body: () => body });
    let pieces = 0;
    const counted = { ...reply, chunks: tapped(reply.chunks, () => pieces++) };
    assert.deepEqual(Buffer.compare(await bytesOf(counted), body), 0);
    assert.ok(pieces > 1);
  });

  it('carries empty replies', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: TYPE, body: new Uint8Array(0) }) });
    assert.equal((await bytesOf(await session.exchange(post('x')))).length, 0);
  });

  it('keeps several exchanges of one session apart', async () => {
    const session = await open(echo);
    for (const text of ['one\n', 'two\n', 'three\n'])
      assert.equal(textOf(await bytesOf(await session.exchange(post(text)))), text);
  });

  it('tells that a message has gone while the server works on it', async () => {
    for (const text of ['short\n', 'long\n'.repeat(500_000)]) {
      let onSent = (): void => undefined;
      const sent = new Promise<void>((resolve) => (onSent = resolve));
      const session = await open({ xfer: (request) => sent.then(() => echo.xfer(request)) });
      const reply = await session.exchange(post(text), { onSent });
      assert.equal(textOf(await bytesOf(reply)), text);
    }
  });

  it('asks for the body with the remote that the session was opened for', async () => {
    const session = await open(echo, { user: 'bob', password: 'pw' });
    const reply = await session.exchange({ contentType: TYPE, body: ({ user }) => utf8(user ?? 'nobody') });
    assert.equal(textOf(await bytesOf(reply)), 'bob');
  });

  it('drops the parameters of the content type', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: `${TYPE}; charset=x`, body: utf8('a') }) });
    assert.equal((await session.exchange(post('x'))).contentType, TYPE);
  });

  for (const status of [400, 404, 413, 500, 503]) {
    it(`turns an error page with status ${status} into an error with its text, and goes on`, async () => {
      const page = utf8('<html><head><style>p{}</style></head><body><p>hash &lt;mismatch&gt;</p></body></html>');
      let isBroken = true;
      const session = await open({
        xfer: (request) => (isBroken ? { status, contentType: 'text/html', body: page } : echo.xfer(request)),
      });
      await assert.rejects(session.exchange(post('x')), (error: unknown) => {
        assert.ok(hasCode(error, 'http-status'));
        assert.match(error.message, new RegExp(String(status)));
        assert.match(error.message, /hash <mismatch>/);
        return true;
      });
      isBroken = false;
      assert.equal(textOf(await bytesOf(await session.exchange(post('again')))), 'again');
    });
  }

  it('refuses a web page where a sync reply should be', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: 'text/html', body: utf8('<html>') }) });
    await fails(session.exchange(post('x')), 'not-fossil');
  });

  it('stops at once when cancelled before it starts', async () => {
    const session = await open(echo);
    await fails(session.exchange(post('x'), { signal: AbortSignal.abort() }), 'cancelled');
  });

  it('stops when cancelled while the reply streams', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: TYPE, body: new Uint8Array(8_000_000) }) });
    const cancel = new AbortController();
    const reply = await session.exchange(post('x'), { signal: cancel.signal });
    await fails(bytesOf({ ...reply, chunks: tapped(reply.chunks, () => cancel.abort()) }), 'cancelled');
  });

  it('leaves a reply half read and asks again', async () => {
    const session = await open(echo);
    const reply = await session.exchange({ contentType: TYPE, body: () => new Uint8Array(2_000_000) });
    for await (const chunk of reply.chunks) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(textOf(await bytesOf(await session.exchange(post('next')))), 'next');
  });

  it('may be closed twice, and before anything was said', async () => {
    const session = await open(echo);
    await session.close();
    await session.close();
  });

  if (surroundings.hasJson ?? true) {
    it('fetches JSON, and nothing where there is none', async () => {
      const session = await open({
        ...echo,
        json: (path, query) => (path === '/json/stat' ? { path, full: query.get('full') } : undefined),
      });
      assert.deepEqual(await session.fetchJson('/json/stat?full=1'), { path: '/json/stat', full: '1' });
      assert.equal(await session.fetchJson('/json/other'), undefined);
      await fails(session.fetchJson('/json/stat', { signal: AbortSignal.abort() }), 'cancelled');
    });
  } else {
    it('has no JSON, and exchanges messages all the same', async () => {
      const session = await open(echo);
      assert.equal(await session.fetchJson('/json/stat?full=1'), undefined);
      assert.equal(textOf(await bytesOf(await session.exchange(post('x')))), 'x');
    });
  }

  if (surroundings.canBreak) breakingSuite();
  if (surroundings.hasDeadlines) deadlineSuite();

  function breakingSuite(): void {
    const large = { contentType: TYPE, body: () => new Uint8Array(200_000).fill(7) };

    for (const bytes of [0, 1, 199_999]) {
      it(`says that a reply ended after ${bytes} bytes`, async () => {
        const session = await open(echo, { faults: { bytes, then: 'close' } });
        const reply = await session.exchange(large);
        await assert.rejects(bytesOf(reply), (error: unknown) => {
          assert.ok(hasCode(error, 'reply-truncated'), String(error));
          assert.match(error.message, new RegExp(`ended after ${bytes} of 200000 bytes`));
          return true;
        });
      });
    }

    it('stops when cancelled while nothing comes', async () => {
      const session = await open(echo, { faults: { bytes: 1000, then: 'stall' } });
      const cancel = new AbortController();
      const reply = await session.exchange(large, { signal: cancel.signal });
      let received = 0;
      const reading = bytesOf({
        ...reply,
        chunks: tapped(reply.chunks, ({ length }) => {
          received += length;
          if (received === 1000) setImmediate(() => cancel.abort());
        }),
      });
      await fails(reading, 'cancelled');
      assert.equal(received, 1000);
    });

    it('stops when cancelled while the server thinks', async () => {
      const cancel = new AbortController();
      const session = await open({
        xfer: () => {
          cancel.abort();
          return new Promise(() => undefined);
        },
      });
      await fails(session.exchange(post('x'), { signal: cancel.signal }), 'cancelled');
    });

    it('ends what is under way when it is closed', async () => {
      let close: (() => void) | undefined;
      const asked = new Promise<void>((resolve) => (close = resolve));
      const session = await open({
        xfer: () => {
          close?.();
          return new Promise(() => undefined);
        },
      });
      const exchanging = session.exchange(post('x'));
      const failing = assert.rejects(exchanging);
      await asked;
      await session.close();
      await failing;
    });
  }

  function deadlineSuite(): void {
    it('gives up on a reply that stalls in its middle', async () => {
      const session = await open(echo, { faults: { bytes: 10, then: 'stall' } });
      const reply = await session.exchange(post('0123456789a'));
      await fails(bytesOf(reply), 'connection-lost');
    });

    for (const bytes of [10, 100_000]) {
      it(`gives up on a reply of which after ${bytes} bytes one comes now and then`, async () => {
        const session = await open(echo, { faults: { bytes, then: 'drip' } });
        const reply = await session.exchange({ contentType: TYPE, body: () => new Uint8Array(200_000) });
        await fails(bytesOf(reply), 'connection-lost');
      });
    }

    it('gives up on an error page of which a byte comes now and then', async () => {
      const page = { status: 500, contentType: 'text/html', body: new Uint8Array(200_000) };
      const session = await open({ xfer: () => page }, { faults: { bytes: 10, then: 'drip' } });
      await fails(session.exchange(post('x')), 'http-status');
    });

    it('gives up on a server that never answers', async () => {
      const session = await open(echo, { faults: { then: 'stall' } });
      await fails(session.exchange(post('x')), 'connection-lost');
    });

    it('says that the connection was lost when nothing is answered at all', async () => {
      const session = await open(echo, { faults: { then: 'close' } });
      await fails(session.exchange(post('x')), 'connection-lost', 'ssh-failed');
    });
  }
}

async function* tapped(
  chunks: AsyncIterable<Uint8Array>,
  tap: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tap(chunk);
    yield chunk;
  }
}

export async function bytesOf(reply: ExchangeReply): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of reply.chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}
