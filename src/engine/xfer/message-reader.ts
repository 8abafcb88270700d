import { declaredSize, unpackContainer } from '../codec/container';
import { ARTIFACT_LIMIT, HOW_TO_TAKE_LARGER } from '../codec/size-limits';
import { EngineError, hasCode } from '../errors';
import { InflateStream } from '../platform/inflate-stream';
import type { Zlib } from '../platform/zlib';
import type { Card } from './card';
import { CardParser } from './card-parser';
import type { ExchangeReply } from './transport';

/** Room in a compressed message besides its largest artifact; servers stop near 5 MB. */
const MESSAGE_MARGIN = 64 * 1024 * 1024;

/** Replies up to these lengths, compressed and not, are unpacked at one go: what servers send at once, mostly. It takes a quarter of the time. */
const SMALL_REPLY = 4 * 1024 * 1024;
const SMALL_MESSAGE = 8 * 1024 * 1024;
/** These whatever they claim to hold. */
const TINY_REPLY = 16 * 1024;
/** More than any repository has artifacts: what is packed well can hold hundreds of millions of cards. */
const MAX_CARDS = 10_000_000;
const CONTAINER_HEADER = 4;
/** Packed bytes that are unpacked at one go: they may become a thousand times as many. */
const INFLATED_AT_ONCE = 4 * 1024;

export interface ReadOptions {
  zlib: Zlib;
  /** Most bytes of one artifact. */
  artifactLimit?: number;
  /** Most cards of one reply. */
  maxCards?: number;
  /** Hears of bytes on the wire as they come. */
  onBytes?: (count: number) => void;
}

/** Cards are handed on once they bring so many bytes of content, so that these can be stored before more is read. */
const HELD_TOGETHER = 8 * 1024 * 1024;

/**
 * Reads a server's reply card by card while it streams: of neither form more than one chunk and one payload is held.
 * @returns batches of cards, one for each chunk that completed any
 * @throws EngineError `not-fossil` for anything but a sync reply, `reply-truncated`, `artifact-too-large`, `card-malformed`,
 * `container-malformed`
 */
export async function* readReply(reply: ExchangeReply, options: ReadOptions): AsyncGenerator<Card[], void> {
  const artifactLimit = options.artifactLimit ?? ARTIFACT_LIMIT;
  const isPlain = isPlainType(reply.contentType);
  const limit = artifactLimit + MESSAGE_MARGIN;
  if (reply.length !== undefined && reply.length > limit) throw tooLong(limit);
  const arriving = counted(reply.chunks, limit, options.onBytes);
  const chunks = isPlain ? arriving : inflated(arriving, reply.length, options.zlib, limit);
  const parser = new CardParser({ payloadLimit: artifactLimit, totalBytes: isPlain ? reply.length : undefined });
  const maxCards = options.maxCards ?? MAX_CARDS;
  const seen = { cards: 0, trailer: false };
  const take = (card: Card): boolean => {
    if (card.kind === 'blank') return false;
    if (seen.cards === 0 && card.kind === 'unknown' && card.line.trimStart().startsWith('<')) throw htmlInsteadOfSync();
    if (++seen.cards > maxCards) throw tooManyCards(maxCards);
    seen.trailer ||= card.kind === 'comment' && card.text.startsWith('timestamp ');
    return true;
  };
  for await (const chunk of chunks) {
    parser.push(chunk);
    let cards: Card[] = [];
    let bytes = 0;
    try {
      for (let card = parser.next(); card; card = parser.next()) {
        if (!take(card)) continue;
        cards.push(card);
        bytes += contentBytes(card);
        if (bytes < HELD_TOGETHER) continue;
        yield cards;
        cards = [];
        bytes = 0;
      }
    } catch (error) {
      // What stands before the fault counts.
      if (cards.length > 0) yield cards;
      throw error;
    }
    if (cards.length > 0) yield cards;
  }
  const last = parser.end();
  if (last && take(last)) yield [last];
  if (reply.length === undefined && !seen.trailer) throw truncated();
}

/** Bytes that a card brings, for a container those that it declares: little of it may hold much. */
function contentBytes(card: Card): number {
  if (card.kind === 'file') return card.payload.length;
  return card.kind === 'cfile' ? declaredSize(card.container) : 0;
}

/** @returns whether a message of this type travels without a container around it (fossil.md 1.2) */
export function isPlainType(contentType: string): boolean {
  return /^application\/x-fossil-(debug|uncompressed)/i.test(contentType);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  onBytes: ((count: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw tooLong(limit);
    onBytes?.(chunk.length);
    yield chunk;
  }
}

/** What is small is unpacked at one go; the rest as it comes, so that neither form of it is ever held whole. */
async function* inflated(
  chunks: AsyncIterable<Uint8Array>,
  length: number | undefined,
  zlib: Zlib,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(length !== undefined && length <= SMALL_REPLY ? length : 0);
  let arrived = 0;
  let stream: InflateStream | undefined;
  try {
    for await (const chunk of chunks) {
      if (stream !== undefined) {
        yield* inflatedBy(stream, chunk);
        continue;
      }
      head = withBytes(head, arrived, chunk);
      arrived += chunk.length;
      // Four bytes or less hold nothing (fossil.md 1.3).
      if (arrived <= CONTAINER_HEADER) continue;
      const size = declaredSize(head);
      if (length !== undefined && length <= (size <= SMALL_MESSAGE ? SMALL_REPLY : TINY_REPLY)) continue;
      if (size > limit) throw tooLong(limit);
      stream = new InflateStream(size);
      yield* inflatedBy(stream, head.subarray(CONTAINER_HEADER, arrived));
    }
  } catch (error) {
    // What stands before the fault counts.
    if (stream === undefined && arrived > CONTAINER_HEADER) yield* inflatedStart(head.subarray(0, arrived));
    throw error;
  }
  if (stream === undefined && arrived > CONTAINER_HEADER) yield* unpacked(zlib, head.subarray(0, arrived), limit);
  if (stream === undefined) return;
  if (!stream.isComplete) throw truncated();
  stream.end();
}

function* inflatedBy(stream: InflateStream, bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += INFLATED_AT_ONCE) {
    yield* stream.push(bytes.subarray(at, at + INFLATED_AT_ONCE));
  }
}

function* unpacked(zlib: Zlib, container: Uint8Array, limit: number): Generator<Uint8Array, void> {
  let content: Uint8Array;
  try {
    content = unpackContainer(zlib, container, limit);
  } catch (error) {
    yield* inflatedStart(container);
    throw error;
  }
  yield content;
}

/** As much of a container as can be read. */
function* inflatedStart(container: Uint8Array): Generator<Uint8Array, void> {
  const pieces = inflatedBy(new InflateStream(declaredSize(container)), container.subarray(CONTAINER_HEADER));
  for (;;) {
    let step: IteratorResult<Uint8Array, void>;
    try {
      step = pieces.next();
    } catch (error) {
      if (hasCode(error, 'container-malformed')) return;
      throw error;
    }
    if (step.done === true) return;
    yield step.value;
  }
}

/** Puts bytes behind the first `length` ones; grows when there is no room. */
function withBytes(buffer: Uint8Array, length: number, bytes: Uint8Array): Uint8Array {
  const whole = buffer.length >= length + bytes.length ? buffer : new Uint8Array(length + bytes.length);
  if (whole !== buffer) whole.set(buffer.subarray(0, length));
  whole.set(bytes, length);
  return whole;
}

function truncated(): EngineError {
  return new EngineError('reply-truncated', 'The reply of the server ended too early. Try again.');
}

function tooLong(limit: number): EngineError {
  return new EngineError(
    'artifact-too-large',
    `The reply of the server is longer than the ${limit} bytes accepted. ${HOW_TO_TAKE_LARGER}`,
  );
}

function tooManyCards(limit: number): EngineError {
  return new EngineError(
    'protocol',
    `The reply of the server holds more than ${limit} cards; no honest one does. Ask its administrator to check it.`,
  );
}

function htmlInsteadOfSync(): EngineError {
  return new EngineError(
    'not-fossil',
    'The server answered with a web page instead of the sync protocol. Check that the address is that of a Fossil repository.',
  );
}
