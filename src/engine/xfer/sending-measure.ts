import { packContainer } from '../codec/container';
import type { Environment } from '../platform/environment';
import { MessageWriter } from './message-writer';
import type { Planned } from './plan-order';
import { planSlice } from './plan-slice';
import type { SendingPlan } from './sending-plan';
import type { Steps } from './turns';

/** What is still to be sent. */
export interface SendingRest {
  artifacts: number;
  /** Bytes of the replies that will hold them. */
  bytes: number;
  /** By how many bytes that may be wrong; 0 once all has been measured. */
  deviation: number;
}

interface MeasuredReply {
  /** Its first index, and the one behind it. */
  start: number;
  end: number;
  bytes: number;
}

/** Measuring what later replies will hold takes this many milliseconds of a reply at the most. */
const MEASURING = 500;
/** What has more bytes is not made for that: it takes as much as it is stored in, about. */
const LARGEST_MEASURED = 4 * 1024 * 1024;
/** Bytes of a reply besides its artifacts; and, where it was not measured, by what share its size may be wrong. */
const REPLY_OVERHEAD = 220;
const UNMEASURED_ERROR = 0.15;
/** Bytes of an `igot` card when it is compressed. */
const NAME = 36;

/** How many bytes the replies of a plan have: of more of them with each that is asked about, for all who are being sent it. */
export class SendingMeasure {
  readonly #plan: SendingPlan;
  readonly #environment: Environment;
  readonly #replies: MeasuredReply[] = [];
  #stored = 0;

  constructor(plan: SendingPlan, environment: Environment) {
    this.#plan = plan;
    this.#environment = environment;
  }

  /**
   * What follows behind a reply, measured as far as time allows.
   * @param from - index behind the reply
   * @param options.replyBytes - uncompressed, of a full reply
   * @param options.names - of artifacts that are announced at the end
   */
  *rest(from: number, options: { replyBytes: number; names: number; pause: () => Steps<void> }): Steps<SendingRest> {
    const { clock } = this.#environment;
    const artifacts = Math.max(0, this.#plan.length - from);
    if (artifacts === 0) return { artifacts, bytes: 0, deviation: 0 };
    // What lies before all that has been measured is measured, too, by whoever goes on from there.
    if (from < this.#start(from)) this.#forget();
    const until = clock.now() + MEASURING;
    while (options.replyBytes > 0 && this.#end(from) < this.#plan.length && clock.now() < until)
      yield* this.#measureReply(this.#end(from), options);
    const measured = sum(this.#replies, (reply) => reply.bytes * this.#shareBehind(reply, from));
    const unmeasured = this.#unmeasured(from);
    return {
      artifacts,
      bytes: Math.round(measured + unmeasured + options.names * NAME),
      deviation: Math.round(unmeasured * UNMEASURED_ERROR),
    };
  }

  /** Index of the first that has been measured, and the one behind the last. */
  #start(from: number): number {
    return this.#replies[0]?.start ?? from;
  }

  #end(from: number): number {
    return this.#replies.at(-1)?.end ?? from;
  }

  /** The replies that were measured need not end where those end that are sent. */
  #shareBehind({ start, end }: MeasuredReply, from: number): number {
    if (start >= from || end <= from) return start >= from ? 1 : 0;
    return this.#storedOf(from, end) / Math.max(1, this.#storedOf(start, end));
  }

  #forget(): void {
    this.#replies.length = 0;
    this.#stored = 0;
  }

  *#measureReply(start: number, { replyBytes, pause }: { replyBytes: number; pause: () => Steps<void> }): Steps<void> {
    const large = this.#plan.planned.findIndex(({ size }, index) => index >= start && size > LARGEST_MEASURED);
    if (large === start && !this.#plan.isLikeSeen(start)) {
      this.#learn({ start, end: start + 1, bytes: this.#storedOf(start, start + 1) });
      return;
    }
    const { cards, end } = yield* planSlice(this.#plan, start, {
      isFull: (bytes) => bytes >= replyBytes,
      ...(large < 0 ? {} : { before: Math.max(large, start + 1) }),
      pause,
    });
    // Somebody else may have measured it meanwhile.
    if (this.#end(start) !== start) return;
    const message = new MessageWriter();
    for (const { hash, payload, source } of cards) message.file(hash, payload, source);
    const { length } = packContainer(this.#environment.zlib, message.bytes());
    this.#learn({ start, end, bytes: length + REPLY_OVERHEAD });
  }

  #learn(reply: MeasuredReply): void {
    this.#replies.push(reply);
    this.#stored += this.#storedOf(reply.start, reply.end);
  }

  /** By what the store says of their sizes, and how that was with those which have been measured. */
  #unmeasured(from: number): number {
    const before = this.#storedOf(from, Math.max(from, this.#start(from)));
    const stored = before + this.#storedOf(Math.max(from, this.#end(from)));
    if (this.#stored === 0) return stored;
    return (stored * sum(this.#replies, ({ bytes }) => bytes)) / this.#stored;
  }

  #storedOf(start: number, end?: number): number {
    return sum(this.#plan.planned.slice(start, end), ({ stored }: Planned) => stored);
  }
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
