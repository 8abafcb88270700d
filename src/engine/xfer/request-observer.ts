import type { Clock } from '../platform/clock';
import type { Card } from './card';
import { CardTally } from './card-tally';
import type { RequestCompleted, RequestFacts, XferListener } from './observer';
import type { StreamedResponse } from './server';

/** Tells a listener of one message that a server answers. Where nobody listens there is none, and nothing is counted. */
export class RequestObserver {
  readonly #listener: XferListener;
  readonly #clock: Clock;
  readonly #request: RequestFacts;
  readonly #begin: number;
  readonly #received = new CardTally();
  /** Counts the answer as it is written. */
  readonly sent = new CardTally();

  constructor(listener: XferListener, clock: Clock, request: RequestFacts) {
    this.#listener = listener;
    this.#clock = clock;
    this.#request = request;
    this.#begin = clock.now();
    listener({ type: 'request-started', request });
  }

  received(card: Card): void {
    this.#received.read(card);
  }

  /** The answer is over when it is closed, whether it has been sent whole or not. */
  whenClosed(response: StreamedResponse): StreamedResponse {
    let isOpen = true;
    return {
      ...response,
      close: () => {
        response.close();
        if (isOpen) this.#completed(response.status, response.length);
        isOpen = false;
      },
    };
  }

  #completed(status: number, bytes: number): void {
    // What was written before a page took its place has not been sent.
    if (status !== 200) this.sent.clear();
    const received = this.#received.counts;
    const sent = this.sent.counts;
    this.#listener({
      type: 'request-completed',
      request: this.#request,
      operation: operationOf(received.byKeyword),
      status,
      received: { bytes: this.#request.bytes, cards: received },
      sent: { bytes, cards: sent },
      errors: this.sent.errors,
      milliseconds: this.#clock.now() - this.#begin,
    });
  }
}

function operationOf(cards: Readonly<Record<string, number>>): RequestCompleted['operation'] {
  if (cards['clone'] !== undefined) return 'clone';
  if (cards['pull'] !== undefined) return cards['push'] === undefined ? 'pull' : 'sync';
  return cards['push'] === undefined ? 'other' : 'push';
}
