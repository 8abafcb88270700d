import type { Clock } from '../platform/clock';
import type { Card } from './card';
import { CardTally } from './card-tally';
import type { RequestCompleted, RequestFacts, XferListener } from './observer';
import type { StreamedResponse } from './server';

/** The pragma with which a client asks which unversioned files there are. */
const UNVERSIONED_CATALOGUE = 'uv-hash';

/** Tells a listener of one message that a server answers. Where nobody listens there is none, and nothing is counted. */
export class RequestObserver {
  readonly #listener: XferListener;
  readonly #clock: Clock;
  readonly #request: RequestFacts;
  readonly #begin: number;
  readonly #received = new CardTally();
  #asksForUnversioned = false;
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
    if (card.kind === 'pragma' && card.name === UNVERSIONED_CATALOGUE) this.#asksForUnversioned = true;
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
    const asked = new Set(Object.keys(received.byKeyword));
    if (this.#asksForUnversioned) asked.add(UNVERSIONED_CATALOGUE);
    this.#listener({
      type: 'request-completed',
      request: this.#request,
      operation: operationOf(asked, status === 401 || this.sent.errors.length > 0),
      status,
      received: { bytes: this.#request.bytes, cards: received },
      sent: { bytes, cards: sent },
      errors: this.sent.errors,
      milliseconds: this.#clock.now() - this.#begin,
    });
  }
}

const UNVERSIONED = ['uvgimme', 'uvfile', UNVERSIONED_CATALOGUE];
const CONFIGURATION = ['reqconfig', 'config'];

/** @param asked - keywords of the message's cards, and what its pragmas ask for */
function operationOf(asked: ReadonlySet<string>, wasRefused: boolean): RequestCompleted['operation'] {
  if (asked.has('clone')) return 'clone';
  if (asked.has('pull')) return asked.has('push') ? 'sync' : 'pull';
  if (asked.has('push')) return 'push';
  if (UNVERSIONED.some((keyword) => asked.has(keyword))) return 'unversioned';
  if (CONFIGURATION.some((keyword) => asked.has(keyword))) return 'configuration';
  return wasRefused && [...asked].every((keyword) => keyword === 'login') ? 'login' : 'other';
}
