import { textOf } from '../codec/utf8';
import { throwIfCancelled } from '../errors';
import type { Remote } from '../xfer/remote';
import type { XferRequest, XferResponse } from '../xfer/server';
import type { ExchangeOptions, ExchangeReply, ExchangeRequest, Session, Transport } from '../xfer/transport';
import { isSyncType, notFossil, statusError, truncated, typeWithoutParameters } from './reply-errors';
import type { RequestHandlers } from './request-handlers';

const CHUNK_BYTES = 64 * 1024;

/** What a network may do to a message in memory. Each may wait, and may throw what a transport throws. */
export interface MemoryFaults {
  /** Before the message reaches the server: throwing loses it. @returns how often it arrives, default 1; the last answer counts */
  arriving?(request: XferRequest): Promise<number | undefined>;
  /** The server has answered, and keeps what it did: throwing loses the reply. @returns the reply that goes on its way */
  leaving?(response: XferResponse): Promise<XferResponse>;
  /**
   * Before the piece of a reply that begins at `offset`. @returns how many of its bytes arrive, undefined: all; what is missing is asked for
   * again, and 0 loses the connection
   */
  piece?(offset: number, length: number): Promise<number | undefined>;
}

/** A server in the same process: for tests and simulations. Every remote leads to it. */
export function memoryTransport(handlers: RequestHandlers, faults: MemoryFaults = {}): Transport {
  return { open: (remote) => Promise.resolve(new MemorySession(handlers, remote, faults)) };
}

/** Messages that never leave the process. */
export class MemorySession implements Session {
  readonly #closing = new AbortController();

  constructor(
    private readonly handlers: RequestHandlers,
    readonly remote: Remote,
    private readonly faults: MemoryFaults = {},
  ) {}

  async exchange(request: ExchangeRequest, options: ExchangeOptions = {}): Promise<ExchangeReply> {
    throwIfCancelled(options.signal);
    const signal = options.signal ? AbortSignal.any([options.signal, this.#closing.signal]) : this.#closing.signal;
    const message: XferRequest = { contentType: request.contentType, body: request.body(this.remote) };
    const card = loginCardOf(request.cookie?.(this.remote));
    if (card !== undefined) message.origin = { loginCard: card };
    const times = (await orCancelled(this.faults.arriving?.(message), signal)) ?? 1;
    options.onSent?.();
    for (let time = 1; time < times; time++) await orCancelled(this.handlers.xfer(message), signal);
    const answer = await orCancelled(this.handlers.xfer(message), signal);
    const response = (await orCancelled(this.faults.leaving?.(answer), signal)) ?? answer;
    return this.#replyOf(response, signal);
  }

  async fetchJson(path: string, { signal }: ExchangeOptions = {}): Promise<unknown> {
    throwIfCancelled(signal);
    const [bare = '', query = ''] = path.split('?');
    const answer = await this.handlers.json?.(bare, new URLSearchParams(query));
    return answer === undefined ? undefined : (JSON.parse(JSON.stringify(answer)) as unknown);
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  #replyOf({ status, contentType, body }: XferResponse, signal: AbortSignal | undefined): ExchangeReply {
    if (status !== 200) throw statusError(status, textOf(body), this.remote);
    const type = typeWithoutParameters(contentType);
    if (!isSyncType(type)) throw notFossil(this.remote);
    return { contentType: type, length: body.length, chunks: this.#pieces(body, signal) };
  }

  async *#pieces(body: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < body.length;) {
      const piece = body.subarray(offset, offset + CHUNK_BYTES);
      const passing = (await orCancelled(this.faults.piece?.(offset, piece.length), signal)) ?? piece.length;
      if (passing === 0) throw truncated(this.remote, offset, body.length);
      yield piece.subarray(0, passing);
      offset += passing;
    }
  }
}

/** Waits for `work`, but no longer than until the signal fires. @throws EngineError `cancelled` */
async function orCancelled<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfCancelled(signal);
  if (signal === undefined || !(work instanceof Promise)) return work;
  let stop: (() => void) | undefined;
  const cancelled = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([work, cancelled]);
    throwIfCancelled(signal);
    return await work;
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

/** A login that came as a cookie (fossil.md 1.5). */
function loginCardOf(cookie: string | undefined): string | undefined {
  return new URLSearchParams(/(?:^|;\s*)(x-f-l-c=[^;]*)/.exec(cookie ?? '')?.[1]).get('x-f-l-c') ?? undefined;
}
