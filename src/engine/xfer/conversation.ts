import { hexOf } from '../codec/hex';
import { packContainer } from '../codec/container';
import { parseStamp } from '../codec/julian-day';
import { artifactLimit } from '../codec/size-limits';
import { throwIfCancelled } from '../errors';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import { CardTally } from './card-tally';
import { readReply } from './message-reader';
import { MessageWriter } from './message-writer';
import { CLIENT_VERSION } from './protocol-version';
import type { Remote } from './remote';
import { serverText } from './server-text';
import type { SessionObserver } from './session-observer';
import { Signer } from './signer';
import type { ExchangeReply, ExchangeRequest, Session } from './transport';

const CONTENT_TYPE = 'application/x-fossil';
const PLAIN_CONTENT_TYPE = 'application/x-fossil-uncompressed';
/** A reply that took long makes the server's stamp old: what may pass for that (fossil.md 2.6). */
const SLOWEST_BYTES_PER_SECOND = 5000;
const SKEW_GRACE_SECONDS = 20;
const SKEW_SECONDS = 10;
const LONGEST_DEPARTURE_MS = 1000;

export interface RoundOutcome {
  /** Whether the request carried a login. */
  isSigned: boolean;
  /** Texts of the `error` cards. */
  errors: string[];
}

export interface ConversationOptions {
  signal?: AbortSignal | undefined;
  /** Hears of every piece of a reply, after it is counted. */
  onBytes: () => void;
  observer?: SessionObserver | undefined;
  /** The server's project, where it is not the repository's own. */
  projectCode?: string | undefined;
}

/** The rounds of one operation with one server: signs, sends, reads, counts. */
export class Conversation {
  readonly #repository: Repository;
  readonly #session: Session;
  readonly #signal: AbortSignal | undefined;
  readonly #onBytes: () => void;
  readonly #signer: Signer;
  readonly #observer: SessionObserver | undefined;
  #answering: Remote | undefined;
  #sent: Promise<void> = Promise.resolve();
  roundTrips = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** The reply under way: its Content-Length, where the server has told it, and what of it has come. */
  reply: { length: number; received: number } | undefined;
  /** Texts of `message` cards. */
  readonly messages: string[] = [];
  /** Seconds that the server's clock is ahead, the most of all replies; undefined when that is not worth telling. */
  clockSkew: number | undefined;

  constructor(repository: Repository, session: Session, options: ConversationOptions) {
    this.#repository = repository;
    this.#session = session;
    this.#signal = options.signal;
    this.#onBytes = options.onBytes;
    this.#observer = options.observer;
    this.#signer = new Signer(repository, options.projectCode, { usesCookies: session.takesPlain !== true });
  }

  /** Who has answered last: a redirect may have led to another server, where our login does not count. */
  get remote(): Remote {
    return this.#answering ?? this.#session.remote;
  }

  /** A message with the version card that begins every one; without it servers refuse SHA3 names (fossil.md 2.3). */
  begin(): MessageWriter {
    const message = new MessageWriter(this.#observer === undefined ? undefined : new CardTally());
    return message.pragma('client-version', ...CLIENT_VERSION);
  }

  /**
   * One round trip.
   * @param take - gets every card but errors, messages and comments, while the reply streams; must not touch the repository's tables
   * @param relieve - may store what has been taken, now and then: no more is read before it is done
   */
  async exchange(
    message: MessageWriter,
    take: (card: Card) => void,
    relieve: () => Promise<void> = () => Promise.resolve(),
  ): Promise<RoundOutcome> {
    const { tally } = message;
    const round = tally && this.#observer?.round(tally);
    if (round === undefined) return this.#roundTrip(message, { take, relieve });
    const before = { sent: this.bytesSent, received: this.bytesReceived };
    try {
      const outcome = await this.#roundTrip(message, { take, relieve, observe: (card) => round.received(card) });
      if (outcome.isSigned) tally?.written(['login']);
      round.completed({ sent: this.bytesSent - before.sent, received: this.bytesReceived - before.received });
      return outcome;
    } catch (error) {
      round.failed(error);
      throw error;
    }
  }

  /**
   * Waits until the message of the last round is on its way, before something that keeps the thread busy: a message that has not gone by then
   * lies until that is over. Not for long: who cannot reach the server shall go on.
   */
  async departure(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([this.#sent, this.#repository.environment.clock.sleep(LONGEST_DEPARTURE_MS, waiting.signal)]);
    waiting.abort();
  }

  async #roundTrip(message: MessageWriter, { take, relieve, observe }: Taking): Promise<RoundOutcome> {
    throwIfCancelled(this.#signal);
    const { random, zlib, clock } = this.#repository.environment;
    message.comment(hexOf(random.bytes(20)).toUpperCase());
    const plain = message.bytes();
    const outcome: RoundOutcome = { isSigned: false, errors: [] };
    const takesPlain = this.#session.takesPlain === true;
    const body = (remote: Remote): Uint8Array => {
      const { card, cookie } = this.#signer.sign(remote, plain);
      outcome.isSigned = card !== undefined || cookie !== undefined;
      const signed = card ? joined(card, plain) : plain;
      const sent = takesPlain ? signed : packContainer(zlib, signed);
      this.bytesSent += sent.length;
      return sent;
    };
    const cookie = (remote: Remote): string | undefined => this.#signer.sign(remote, plain).cookie;
    const contentType = takesPlain ? PLAIN_CONTENT_TYPE : CONTENT_TYPE;
    const reply = await this.#send({ contentType, body, cookie });
    this.roundTrips++;
    this.#answering = reply.remote;
    const { length } = reply;
    this.reply = length === undefined ? undefined : { length, received: 0 };
    const limit = artifactLimit(this.#repository.environment);
    let replyBytes = 0;
    const onBytes = (count: number): void => {
      replyBytes += count;
      this.bytesReceived += count;
      if (this.reply) this.reply.received = replyBytes;
      this.#onBytes();
    };
    for await (const cards of readReply(reply, { zlib, onBytes, artifactLimit: limit })) {
      throwIfCancelled(this.#signal);
      for (const card of cards) {
        observe?.(card);
        if (card.kind === 'error') outcome.errors.push(serverText(card.text));
        else if (card.kind === 'message') this.messages.push(serverText(card.text));
        else if (card.kind === 'comment') this.#noteClock(card.text, replyBytes, clock.now());
        else {
          if (card.kind === 'pragma' && card.name === 'server-version') this.#signer.heedVersion(card.parameters);
          take(card);
        }
      }
      await relieve();
    }
    this.reply = undefined;
    throwIfCancelled(this.#signal);
    return outcome;
  }

  async #send(request: ExchangeRequest): Promise<ExchangeReply> {
    let onSent = (): void => undefined;
    this.#sent = new Promise((resolve) => (onSent = resolve));
    try {
      return await this.#session.exchange(request, { ...(this.#signal ? { signal: this.#signal } : {}), onSent });
    } finally {
      onSent();
    }
  }

  #noteClock(comment: string, replyBytes: number, now: number): void {
    const stamp = /^timestamp (\S+)/.exec(comment)?.[1];
    const time = stamp === undefined ? undefined : parseStamp(stamp);
    if (time === undefined) return;
    const skew = Math.round((time - now) / 1000);
    const isLateReply = skew < 0 && -skew <= replyBytes / SLOWEST_BYTES_PER_SECOND + SKEW_GRACE_SECONDS;
    if (isLateReply || Math.abs(skew) <= Math.max(SKEW_SECONDS, Math.abs(this.clockSkew ?? 0))) return;
    this.clockSkew = skew;
  }
}

interface Taking {
  take: (card: Card) => void;
  relieve: () => Promise<void>;
  observe?: (card: Card) => void;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
