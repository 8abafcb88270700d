import { throwIfCancelled } from '../errors';
import type { Clock } from '../platform/clock';
import type { ExchangeOptions, ExchangeReply, ExchangeRequest, Session, Transport } from '../xfer/transport';
import { TransientError } from './network-error';

/** Milliseconds before the second and each later try. */
const WAITS: readonly number[] = [500, 2000];

/**
 * A transport that tries again where nothing can have happened yet: the connection was refused, reset or too slow before a byte of the
 * request went out, or the server said 503 or 429 with the time at which to come back.
 *
 * A request that may have arrived is never sent again from here, a push whose reply was lost least of all. The server may have stored it, and
 * would refuse a second login with the same nonce (fossil.md 4.2); and what is left to send has to be worked out anew. Nothing is lost by
 * that: what the reply would have acknowledged stays marked as unsent, and the next sync offers it by name first, so that only
 * what the server lacks travels again.
 */
export function retrying(transport: Transport, clock: Clock, waits = WAITS): Transport {
  return { open: async (remote, context) => new RetryingSession(await transport.open(remote, context), clock, waits) };
}

class RetryingSession implements Session {
  constructor(
    private readonly session: Session,
    private readonly clock: Clock,
    private readonly waits: readonly number[],
  ) {}

  get remote(): Session['remote'] {
    return this.session.remote;
  }

  exchange(request: ExchangeRequest, options: ExchangeOptions = {}): Promise<ExchangeReply> {
    return this.#patiently(() => this.session.exchange(request, options), options.signal);
  }

  async greet(options: ExchangeOptions = {}): Promise<void> {
    await this.#patiently(async () => this.session.greet?.(options), options.signal);
  }

  fetchJson(path: string, options?: ExchangeOptions): Promise<unknown> {
    return this.session.fetchJson(path, options);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async #patiently<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (const wait of this.waits) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        await this.clock.sleep(Math.max(wait, error.waitMs), signal);
        throwIfCancelled(signal);
      }
    }
    return work();
  }
}
