import { packContainer } from '../codec/container';
import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { Zlib } from '../platform/zlib';
import type { Repository } from '../repository/repository';
import type { CardsAhead } from './cards-ahead';
import type { Forecast } from './estimate';
import { MessageWriter } from './message-writer';
import type { ArtifactCard } from './send-artifact';
import { unclusteredToAnnounce } from './sendable';
import { nameLength, nameSize, wireSizes, type SuggestedSize } from './wire-size';

/** Bytes of a message, and of a reply, besides what they are about. */
const MESSAGE = 190;
const REPLY = 140;
/** Names that a server asks for in one reply (fossil.md 2.7). */
const GIMMES = 500;
/** A reply tells how long others will be when it has at least so many names, and is not so much longer than they are that it holds more. */
const TELLING = { gimmes: 50, most: 1.5 };
/** A name in a reply takes so much of what one takes that stands alone, before the first reply has told: Fossil's are compressed a little less than ours. */
const NAME_IN_REPLY = { own: 0.975, unknown: 1.0125 };
/** What has more bytes is not made for that: it takes what it is stored in, about. */
const LARGEST_MEASURED = 1024 * 1024;
/** What was not measured is wrong by this share, what was by that. */
const UNMEASURED_ERROR = 0.4;
const MEASURED_ERROR = 0.022;
/** So many messages are measured from the last one on, which is the quickest; of more, such as tell of the rest come first. */
const MEASURED_BACKWARDS = 20;
/** Bytes of a `file` card's line besides names. */
const LINE = 12;
/** Bytes of an artifact in a message for each byte on the wire, where that was not measured. */
const INFLATED = 3;

/** Bytes of a payload from which on it is compressed for itself, quickly, to see what its share in a message is; and what short ones take at the least for each byte. */
const WEIGHED_ALONE = 2048;
const QUICK_LEVEL = 1;
const LEAST_RATIO = 0.1;

/** An artifact that waits: its bytes on the wire as the store suggests; and in a message and on the wire, as they were measured or still are guessed. */
interface Outgoing {
  suggested: SuggestedSize;
  measured?: { plain: number; wire: number; isGuessed: boolean };
}

const NOTHING_KNOWN: SuggestedSize = { bytes: 0, isStoredSo: false };

/**
 * What waits to be sent, and how many bytes that will take on the wire: of messages and their replies, which name what the server wants. What
 * goes is known, so messages are made and compressed beforehand as far as time allows; of the rest the store suggests how large it is.
 */
export class OutgoingSizes {
  readonly #repository: Repository;
  readonly #maxBytes: number;
  /** In the order in which they will go. */
  readonly #waiting = new Map<Rid, Outgoing>();
  /** Those of them that the server has asked for. */
  readonly #asked = new Set<Rid>();
  /** What measured artifacts take on the wire, and what was suggested of them. */
  #wire = 0;
  #suggested = 0;
  #cards: CardsAhead | undefined;
  /** What has still to be measured: about a message each, the last one first. */
  #unmeasured: Rid[][] = [];
  /** A message that is being measured, from its last artifact to its first. */
  #contents: { outgoing: Outgoing; card: ArtifactCard }[] = [];
  #plain = 0;
  /** What follows in the order of measuring stands just before in that of sending. */
  #isMeasuringBackwards = true;
  /** What is announced besides what waits. */
  #announced: number | undefined;
  /** Bytes of a name that is announced or asked for. */
  readonly #name: number;
  #nameInReply: number;
  /** Names that the reply under way has asked for. */
  #gimmes = 0;
  #hasSent = false;
  #isAwaitingReply = false;

  /**
   * @param options.maxBytes - soft size of a message
   * @param options.isOwnServer - it is known that the other side is a server of ours
   */
  constructor(repository: Repository, { maxBytes, isOwnServer }: { maxBytes: number; isOwnServer: boolean }) {
    this.#repository = repository;
    this.#maxBytes = maxBytes;
    this.#name = nameSize(nameLength(repository));
    this.#nameInReply = (isOwnServer ? NAME_IN_REPLY.own : NAME_IN_REPLY.unknown) * this.#name;
  }

  /** Artifacts that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Nothing that waits has still to be measured. */
  get areAllMeasured(): boolean {
    return this.#unmeasured.length === 0 && this.#contents.length === 0;
  }

  /** Of artifacts that wait, as long as none has been sent: the share that has been measured. */
  get measuredShare(): number {
    const left = sum(this.#unmeasured.map(({ length }) => length)) + this.#contents.length;
    return 1 - left / Math.max(1, this.#waiting.size);
  }

  /** @param cards - what is made for measuring is sent later */
  measureBy(cards: CardsAhead): void {
    this.#cards = cards;
  }

  /** Artifacts that are to be sent; one that is named again, or later, is one that the server has asked for. */
  expect(rids: Iterable<Rid>): void {
    const added = new Set<Rid>();
    for (const rid of rids) {
      if (this.#hasSent) {
        this.#asked.add(rid);
        this.#gimmes++;
      }
      if (!this.#waiting.has(rid)) added.add(rid);
    }
    if (added.size === 0) return;
    const suggested = wireSizes(this.#repository, added);
    for (const rid of added) this.#waiting.set(rid, { suggested: suggested.get(rid) ?? NOTHING_KNOWN });
    const messages = this.#messagesOf(added).reverse();
    // Where time is short, what is measured has to tell of the rest: it should not be what stands at the end alone.
    this.#isMeasuringBackwards = this.#unmeasured.length === 0 && messages.length <= MEASURED_BACKWARDS;
    this.#unmeasured.push(...(this.#isMeasuringBackwards ? messages : spread(messages)));
  }

  /** An artifact has been written into a message. */
  written(rid: Rid): void {
    this.#hasSent = true;
    this.#isAwaitingReply = true;
    this.forget(rid);
  }

  /** A reply has come whole. @param bytes - of it; how many names it has asked for has been told before */
  answered(bytes: number): void {
    const name = Math.max(0, bytes - REPLY) / Math.max(1, this.#gimmes);
    if (this.#gimmes >= TELLING.gimmes && name <= TELLING.most * this.#name) this.#nameInReply = name;
    this.#gimmes = 0;
    this.#hasSent = true;
    this.#isAwaitingReply = false;
  }

  /** An artifact need not be sent. */
  forget(rid: Rid): void {
    this.#waiting.delete(rid);
    this.#asked.delete(rid);
  }

  forgetAll(): void {
    this.#waiting.clear();
    this.#asked.clear();
  }

  /** Makes messages of what waits, and looks how large they are. @param milliseconds - that this may take, about */
  measure(milliseconds: number): void {
    if (this.areAllMeasured) return;
    const { clock } = this.#repository.environment;
    const until = clock.now() + milliseconds;
    this.#repository.snapshot(() => {
      this.#announced ??= unclusteredToAnnounce(this.#repository).filter(({ rid }) => !this.#waiting.has(rid)).length;
      for (let rids = this.#unmeasured[0]; rids !== undefined && clock.now() < until; rids = this.#unmeasured[0]) {
        // A version is stored as a delta of the next one: so each takes one step from the one read before.
        const rid = rids.pop();
        if (rid !== undefined) this.#make(rid);
        if (rids.length === 0) this.#unmeasured.shift();
        const isFull = this.#plain >= this.#maxBytes || this.#contents.length >= GIMMES;
        const isEnd = rids.length === 0 && (!this.#isMeasuringBackwards || this.#unmeasured.length === 0);
        if (isFull || isEnd) this.#measureMessage();
      }
    });
  }

  /** Little is better than nothing to tell the rest by. */
  measureRest(): void {
    if (this.#wire === 0) this.#measureMessage();
  }

  /**
   * All that is still to travel for what waits.
   * @param reply - the reply under way: its Content-Length and what of it has come
   */
  forecast(reply: { length: number; received: number } | undefined): Forecast {
    const asked = [...this.#asked].flatMap((rid) => this.#waiting.get(rid) ?? []);
    const others = [...this.#waiting].flatMap(([rid, outgoing]) => (this.#asked.has(rid) ? [] : outgoing));
    const items = [...asked, ...others].map((outgoing) => this.#sizeOf(outgoing));
    const left = this.#isAwaitingReply
      ? reply === undefined
        ? this.#replyBytes(items.length)
        : Math.max(0, reply.length - reply.received)
      : 0;
    if (items.length === 0) return { bytes: left, deviation: left, basis: 'exact' };
    const unmeasured = items.reduce((sum, { wire, isMeasured }) => sum + (isMeasured ? 0 : wire), 0);
    const bytes = left + this.#messages(items);
    const deviation = UNMEASURED_ERROR * unmeasured + MEASURED_ERROR * bytes;
    return { bytes, deviation, basis: unmeasured === 0 ? 'exact' : 'sequence' };
  }

  /** Round by round: what a message has room for of what the server has asked for, or first of all, and what it asks for then. */
  #messages(items: readonly { plain: number; wire: number }[]): number {
    let bytes = 0;
    let next = 0;
    let limit = this.#hasSent ? (this.#isAwaitingReply ? GIMMES : this.#asked.size) : items.length;
    for (let isFirst = !this.#hasSent; next < items.length; isFirst = false) {
      let plain = 0;
      for (; next < Math.min(limit, items.length) && plain < this.#maxBytes; next++) {
        plain += items[next]?.plain ?? 0;
        bytes += items[next]?.wire ?? 0;
      }
      const rest = items.length - next;
      if (isFirst) bytes += this.#name * (rest + (this.#announced ?? 0));
      bytes += MESSAGE + this.#replyBytes(rest);
      limit = next + Math.min(GIMMES, rest);
    }
    return bytes;
  }

  #sizeOf({ suggested, measured }: Outgoing): { plain: number; wire: number; isMeasured: boolean } {
    if (measured !== undefined) return { ...measured, isMeasured: !measured.isGuessed };
    const wire = this.#suggested === 0 ? suggested.bytes : (suggested.bytes * this.#wire) / this.#suggested;
    return { plain: wire * INFLATED, wire, isMeasured: false };
  }

  /** What may go in a message each, as the store suggests. */
  #messagesOf(rids: Iterable<Rid>): Rid[][] {
    const messages: Rid[][] = [];
    let plain = Number.POSITIVE_INFINITY;
    for (const rid of rids) {
      if (plain >= this.#maxBytes) {
        messages.push([]);
        plain = 0;
      }
      messages.at(-1)?.push(rid);
      plain += INFLATED * (this.#waiting.get(rid)?.suggested.bytes ?? 0);
    }
    return messages;
  }

  /** Puts an artifact into the message that is being measured. */
  #make(rid: Rid): void {
    const outgoing = this.#waiting.get(rid);
    if (outgoing === undefined || outgoing.measured !== undefined) return;
    const plain = this.#size(rid);
    if (plain === undefined) {
      this.forget(rid);
      return;
    }
    if (plain > LARGEST_MEASURED) {
      const { bytes, isStoredSo } = outgoing.suggested;
      outgoing.measured = { plain: Math.min(plain, INFLATED * bytes), wire: bytes, isGuessed: !isStoredSo };
      return;
    }
    const card = this.#cards?.card(rid);
    if (card === undefined) {
      outgoing.measured = { plain: 0, wire: 0, isGuessed: false };
      return;
    }
    this.#contents.push({ outgoing, card });
    this.#plain += LINE + card.hash.length + (card.source?.length ?? 0) + card.payload.length;
  }

  /** @returns bytes of an artifact, undefined when others have removed it meanwhile */
  #size(rid: Rid): number | undefined {
    try {
      return this.#repository.blobs.size(rid);
    } catch (error) {
      if (hasCode(error, 'artifact-missing')) return undefined;
      throw error;
    }
  }

  #measureMessage(): void {
    const contents = this.#contents.reverse();
    [this.#contents, this.#plain] = [[], 0];
    if (contents.length === 0) return;
    const message = new MessageWriter();
    const sizes = contents.map(({ card: { hash, payload, source } }) => {
      const before = message.size;
      return message.file(hash, payload, source).size - before;
    });
    const { zlib } = this.#repository.environment;
    const { length } = packContainer(zlib, message.bytes());
    const shares = sharesOf(
      contents.map(({ card: { payload } }, index) => ({ payload, plain: sizes[index] ?? 0 })),
      { length, zlib },
    );
    contents.forEach(({ outgoing }, index) => {
      const plain = sizes[index] ?? 0;
      outgoing.measured = { plain, wire: length * (shares[index] ?? 0), isGuessed: false };
      this.#suggested += outgoing.suggested.bytes;
    });
    this.#wire += length;
  }

  /** @param missing - artifacts that the server knows by name and has not got */
  #replyBytes(missing: number): number {
    return REPLY + this.#nameInReply * Math.min(GIMMES, missing);
  }
}

/**
 * Which share each artifact has in a compressed message: it may go in another one than in that which was measured, beside others. What is long is
 * compressed for itself; what is short has its share in the rest.
 * @param options.length - bytes of the compressed message
 */
function sharesOf(
  contents: readonly { payload: Uint8Array; plain: number }[],
  { length, zlib }: { length: number; zlib: Zlib },
): number[] {
  const alone = contents.map(({ payload }) =>
    payload.length < WEIGHED_ALONE ? undefined : packContainer(zlib, payload, QUICK_LEVEL).length,
  );
  const weighed = sum(alone.map((bytes) => bytes ?? 0));
  const short = sum(contents.map(({ plain }, index) => (alone[index] === undefined ? plain : 0)));
  const ratio = Math.max(LEAST_RATIO, (length - weighed) / Math.max(1, short));
  const weights = contents.map(({ plain }, index) => alone[index] ?? plain * ratio);
  const all = Math.max(1, sum(weights));
  return weights.map((weight) => weight / all);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The first, the last, the one in the middle, those in the middle of each half, and so on. */
function spread<T>(items: readonly T[]): T[] {
  const bits = Math.ceil(Math.log2(Math.max(2, items.length)));
  const reversed = (index: number): number => {
    let turn = 0;
    for (let bit = 0; bit < bits; bit++) turn = 2 * turn + (Math.floor(index / 2 ** bit) % 2);
    return turn;
  };
  const turn = (index: number): number => (index > 0 && index === items.length - 1 ? 0.5 : reversed(index));
  return items
    .map((item, index) => ({ item, turn: turn(index) }))
    .sort((one, other) => one.turn - other.turn)
    .map(({ item }) => item);
}
