import { EngineError } from '../errors';
import type { Clock } from '../platform/clock';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import { CardTally } from './card-tally';
import type { SessionFacts, XferListener } from './observer';
import { canonicalUrl, type Remote } from './remote';
import { serverText } from './server-text';

/** Tells a listener of one session of a client. Where nobody listens there is none, and nothing is counted. */
export class SessionObserver {
  readonly #listener: XferListener;
  readonly #clock: Clock;
  readonly #session: SessionFacts;
  #rounds = 0;
  readonly #repository: Repository;
  readonly #bytes = { bytesSent: 0, bytesReceived: 0 };
  readonly #sent = new CardTally();
  readonly #received = new CardTally();
  readonly #errors: string[] = [];

  private constructor(listener: XferListener, repository: Repository, session: SessionFacts) {
    this.#listener = listener;
    this.#clock = repository.environment.clock;
    this.#repository = repository;
    this.#session = session;
  }

  /** Runs a session under the eyes of the listener, if there is one. */
  static async watch<T>(
    listener: XferListener | undefined,
    facts: { repository: Repository; remote: Remote; operation: SessionFacts['operation'] },
    run: (observer: SessionObserver | undefined) => Promise<T>,
  ): Promise<T> {
    if (listener === undefined) return run(undefined);
    const { projectCode } = facts.repository;
    const observer = new SessionObserver(listener, facts.repository, {
      operation: facts.operation,
      url: canonicalUrl(facts.remote),
      ...(projectCode === undefined ? {} : { projectCode }),
    });
    return observer.#watch(run);
  }

  async #watch<T>(run: (observer: SessionObserver) => Promise<T>): Promise<T> {
    const begin = this.#clock.now();
    this.#listener({ type: 'session-started', session: this.#session });
    const completed = (error?: EngineError): void => {
      const [sent, received, { projectCode }] = [this.#sent.counts, this.#received.counts, this.#repository];
      this.#listener({
        type: 'session-completed',
        session: this.#session,
        rounds: this.#rounds,
        ...this.#bytes,
        ...{ filesSent: sent.files, filesReceived: received.files, sent, received },
        errors: this.#errors,
        milliseconds: this.#clock.now() - begin,
        ...(projectCode === undefined ? {} : { projectCode }),
        ...(error === undefined ? {} : { error }),
      });
    };
    let result: T;
    try {
      result = await run(this);
    } catch (error) {
      completed(asEngineError(error));
      throw error;
    }
    completed();
    return result;
  }

  /** @param sent - what the message holds */
  round(sent: CardTally): RoundObserver {
    const round = ++this.#rounds;
    const begin = this.#clock.now();
    const received = new CardTally();
    this.#listener({ type: 'round-started', session: this.#session, round });
    return {
      received: (card) => {
        received.read(card);
        if (card.kind === 'error') this.#failed(round, serverText(card.text));
      },
      completed: (bytes) => {
        const [out, back] = [sent.counts, received.counts];
        this.#bytes.bytesSent += bytes.sent;
        this.#bytes.bytesReceived += bytes.received;
        this.#sent.add(out);
        this.#received.add(back);
        this.#listener({
          type: 'round-completed',
          session: this.#session,
          round,
          sent: { bytes: bytes.sent, cards: out },
          received: { bytes: bytes.received, cards: back },
          milliseconds: this.#clock.now() - begin,
        });
      },
      failed: (error) => this.#failed(round, asEngineError(error).message),
    };
  }

  #failed(round: number, text: string): void {
    this.#errors.push(text);
    this.#listener({ type: 'error', session: this.#session, round, text });
  }
}

/** One round trip as it goes on. */
export interface RoundObserver {
  received(card: Card): void;
  /** @param bytes - on the wire */
  completed(bytes: { sent: number; received: number }): void;
  failed(error: unknown): void;
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return new EngineError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}
