import assert from 'node:assert/strict';
import { textOf, utf8 } from '../../src/engine/codec/utf8';
import { hasCode } from '../../src/engine/errors';
import type { RequestHandlers } from '../../src/engine/transport/request-handlers';
import type { Remote } from '../../src/engine/xfer/remote';
import type { ExchangeReply, Session, Transport } from '../../src/engine/xfer/transport';

/** A transport and the remote under which it reaches `handlers`. */
export interface TransportUnderTest {
  transport: Transport;
  remote: Remote;
  stop(): Promise<void>;
}

const TYPE = 'application/x-fossil-debug';

/** What every adapter of `Transport` keeps. Call it inside a `describe` of the adapter. */
export function transportSuite(start: (handlers: RequestHandlers) => Promise<TransportUnderTest>): void {
  const running: TransportUnderTest[] = [];
  const sessions: Session[] = [];

  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
    for (const server of running.splice(0)) await server.stop();
  });

  async function open(handlers: RequestHandlers, login: { user?: string; password?: string } = {}): Promise<Session> {
    const server = await start(handlers);
    running.push(server);
    const session = await server.transport.open({ ...server.remote, ...login });
    sessions.push(session);
    return session;
  }

  const echo: RequestHandlers = {
    xfer: ({ contentType, body }) => ({ status: 200, contentType, body }),
  };
  const post = (text: string) => ({ contentType: TYPE, body: () => utf8(text) });

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

  it('asks for the body with the remote that the session was opened for', async () => {
    const session = await open(echo, { user: 'bob', password: 'pw' });
    const reply = await session.exchange({ contentType: TYPE, body: ({ user }) => utf8(user ?? 'nobody') });
    assert.equal(textOf(await bytesOf(reply)), 'bob');
  });

  it('drops the parameters of the content type', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: `${TYPE}; charset=x`, body: utf8('a') }) });
    assert.equal((await session.exchange(post('x'))).contentType, TYPE);
  });

  it('turns an error page into an error with its text', async () => {
    const page = utf8('<html><head><style>p{}</style></head><body><p>hash &lt;mismatch&gt;</p></body></html>');
    const session = await open({ xfer: () => ({ status: 400, contentType: 'text/html', body: page }) });
    await assert.rejects(session.exchange(post('x')), (error: unknown) => {
      assert.ok(hasCode(error, 'http-status'));
      assert.match(error.message, /400/);
      assert.match(error.message, /hash <mismatch>/);
      return true;
    });
  });

  it('refuses a web page where a sync reply should be', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: 'text/html', body: utf8('<html>') }) });
    await assert.rejects(session.exchange(post('x')), (error: unknown) => hasCode(error, 'not-fossil'));
  });

  it('stops at once when cancelled before it starts', async () => {
    const session = await open(echo);
    const signal = AbortSignal.abort();
    await assert.rejects(session.exchange(post('x'), { signal }), (error: unknown) => hasCode(error, 'cancelled'));
  });

  it('stops when cancelled while the reply streams', async () => {
    const session = await open({ xfer: () => ({ status: 200, contentType: TYPE, body: new Uint8Array(8_000_000) }) });
    const cancel = new AbortController();
    const reply = await session.exchange(post('x'), { signal: cancel.signal });
    await assert.rejects(bytesOf({ ...reply, chunks: tapped(reply.chunks, () => cancel.abort()) }), (error: unknown) =>
      hasCode(error, 'cancelled'),
    );
  });

  it('fetches JSON, and nothing where there is none', async () => {
    const session = await open({
      ...echo,
      json: (path, query) => (path === '/json/stat' ? { path, full: query.get('full') } : undefined),
    });
    assert.deepEqual(await session.fetchJson('/json/stat?full=1'), { path: '/json/stat', full: '1' });
    assert.equal(await session.fetchJson('/json/other'), undefined);
    await assert.rejects(session.fetchJson('/json/stat', { signal: AbortSignal.abort() }), (error: unknown) =>
      hasCode(error, 'cancelled'),
    );
  });
}

async function* tapped(chunks: AsyncIterable<Uint8Array>, tap: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tap();
    yield chunk;
  }
}

export async function bytesOf(reply: ExchangeReply): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of reply.chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}
