import { unpackContainer } from '../codec/container';
import { ARTIFACT_LIMIT } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Zlib } from '../platform/zlib';
import type { Card } from './card';
import { CardParser } from './card-parser';
import type { ExchangeReply } from './transport';

/** Cards and blank lines of one request: some megabytes inflate to as many as keep a server busy for minutes. */
const CARD_LIMIT = 1_000_000;
/** Room in a compressed message besides its largest artifact; servers stop near 5 MB. */
const MESSAGE_MARGIN = 64 * 1024 * 1024;

export interface ReadOptions {
  zlib: Zlib;
  /** Most bytes of one artifact. */
  artifactLimit?: number;
  /** Hears of bytes on the wire as they come. */
  onBytes?: (count: number) => void;
}

/**
 * Reads a server's reply card by card while it streams. A plain reply is never held whole; a compressed one is held once as
 * it came and, after that, once inflated.
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
  const chunks = isPlain ? arriving : inflated(arriving, options.zlib, limit);
  const parser = new CardParser({ payloadLimit: artifactLimit, totalBytes: isPlain ? reply.length : undefined });
  const seen = { any: false, trailer: false };
  const take = (card: Card): boolean => {
    if (card.kind === 'blank') return false;
    if (!seen.any && card.kind === 'unknown' && card.line.trimStart().startsWith('<')) throw htmlInsteadOfSync();
    seen.any = true;
    seen.trailer ||= card.kind === 'comment' && card.text.startsWith('timestamp ');
    return true;
  };
  for await (const chunk of chunks) {
    parser.push(chunk);
    const cards: Card[] = [];
    for (let card = parser.next(); card; card = parser.next()) if (take(card)) cards.push(card);
    if (cards.length > 0) yield cards;
  }
  const last = parser.end();
  if (last && take(last)) yield [last];
  if (reply.length === undefined && !seen.trailer)
    throw new EngineError('reply-truncated', 'The reply of the server ended too early. Try again.');
}

/**
 * Reads a whole request body that is there already (the server's side).
 * @returns cards with the place behind each
 * @throws EngineError as {@link readReply}, and `card-malformed` for too many cards
 */
export function* readRequest(
  contentType: string,
  body: Uint8Array,
  artifactLimit = ARTIFACT_LIMIT,
): Generator<{ card: Card; end: number }, void> {
  if (!contentType.startsWith('application/x-fossil')) throw htmlInsteadOfSync();
  const parser = new CardParser({ payloadLimit: artifactLimit, totalBytes: body.length });
  parser.push(body);
  let count = 0;
  for (let card = parser.next(); card; card = parser.next()) {
    if (++count > CARD_LIMIT)
      throw new EngineError('card-malformed', `The message holds more than ${CARD_LIMIT} cards. Send it in parts.`);
    yield { card, end: parser.position };
  }
  const last = parser.end();
  if (last) yield { card: last, end: body.length };
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
    // Whoever takes the cards keeps the artifacts of one reply, whether it came packed or plain.
    if (size > limit) throw tooLong(limit);
    onBytes?.(chunk.length);
    yield chunk;
  }
}

async function* inflated(chunks: AsyncIterable<Uint8Array>, zlib: Zlib, limit: number): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    size += chunk.length;
  }
  // Four bytes or less hold nothing (fossil.md 1.3).
  if (size > 4) yield unpackContainer(zlib, joinInPlace(pieces, size), limit);
}

/** Joins the pieces and lets go of each, so that the message is not held twice for long. */
function joinInPlace(pieces: Uint8Array[], size: number): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const joined = new Uint8Array(size);
  let offset = 0;
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

function tooLong(limit: number): EngineError {
  return new EngineError('artifact-too-large', `The reply of the server is longer than the ${limit} bytes accepted.`);
}

function htmlInsteadOfSync(): EngineError {
  return new EngineError(
    'not-fossil',
    'The server answered with a web page instead of the sync protocol. Check that the address is that of a Fossil repository.',
  );
}
