import { isAddablePath } from '../artifact/file-name';
import { isComment, parseInteger, splitTokens, MAXIMUM_TOKENS } from '../codec/card-line';
import { decodeToken } from '../codec/fossil-encoding';
import { HOW_TO_TAKE_LARGER } from '../codec/size-limits';
import { textOf } from '../codec/utf8';
import { EngineError } from '../errors';
import { isHash, type Hash } from '../identifiers';
import { serverText } from './server-text';
import type { Card, UnversionedEntry } from './card';

const LINE_FEED = 10;
/** Flags of a `uvfile` card that go without payload: 1 is a deletion, 4 leaves the content out (fossil.md 2.5). */
const WITHOUT_CONTENT = 5;
/** In whatever case: one in capitals belongs to another project, and is told so. */
const PROJECT_CODE = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
/** Longest line without payload; the longest real ones are error texts. */
const LINE_LIMIT = 100_000;

export interface CardParserOptions {
  /** Most bytes that one payload may declare. */
  payloadLimit: number;
  /** Bytes of the whole message, where known: a payload that declares more than is left fails at once. */
  totalBytes?: number | undefined;
  /** Cards of artifacts and files come without their content, which is not kept. */
  passesContentOver?: boolean;
}

/** Once so much of a payload has arrived, it is put together as it comes: its pieces and the whole would else be in memory at once. */
const GATHERED_AT_END = 4 * 1024 * 1024;

/** A card whose payload has not arrived whole. */
interface OpenPayload {
  size: number;
  missing: number;
  pieces: Uint8Array[];
  /** All of a long one, as far as it has arrived. */
  whole?: Uint8Array;
  isPassedOver: boolean;
  finish(payload: Uint8Array): Card;
}

/**
 * Takes a sync message apart as its bytes arrive (fossil.md 2.1). Payloads are views into the chunks where they lie in one, so a
 * chunk must not be reused.
 */
export class CardParser {
  readonly #options: CardParserOptions;
  #chunk: Uint8Array = new Uint8Array(0);
  #offset = 0;
  /** Bytes before `#chunk`. */
  #base = 0;
  #line: Uint8Array[] = [];
  #lineLength = 0;
  #payload: OpenPayload | undefined;
  /** `config` payloads are followed by one byte that is skipped unconditionally. */
  #skip = 0;

  constructor(options: CardParserOptions) {
    this.#options = options;
  }

  /** Bytes consumed so far: after a card, the place where the next one starts. */
  get position(): number {
    return this.#base + this.#offset;
  }

  /** Whether all bytes up to here belong to the content of an artifact or file that is passed over. */
  get isPassingOver(): boolean {
    return this.#payload?.isPassedOver === true;
  }

  /** Gives the next bytes; all cards of the bytes before must have been taken by `next()`. */
  push(chunk: Uint8Array): void {
    this.#base += this.#chunk.length;
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * @returns the next card that is there whole, undefined when more bytes are needed
   * @throws EngineError `card-malformed`, `artifact-too-large`, `reply-truncated`
   */
  next(): Card | undefined {
    while (this.#offset < this.#chunk.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, this.#chunk.length - this.#offset);
        this.#skip -= skipped;
        this.#offset += skipped;
        continue;
      }
      if (this.#payload) {
        const card = this.#fillPayload(this.#payload);
        if (card) return card;
        continue;
      }
      if (this.#isAtBlankLine) return this.#takeBlankLines();
      const line = this.#takeLine();
      if (line === undefined) return undefined;
      const card = this.#cardOf(line);
      if (card) return card;
    }
    return undefined;
  }

  /**
   * Ends the message.
   * @returns the card of a last line without line feed
   * @throws EngineError `reply-truncated` when a payload is not whole
   */
  end(): Card | undefined {
    if (this.#payload) throw truncated(this.#payload.size, this.#payload.size - this.#payload.missing);
    if (this.#line.length === 0) return undefined;
    const line = join(this.#line);
    this.#line = [];
    const card = this.#cardOf(line);
    if (!card) throw truncated(1, 0);
    return card;
  }

  get #isAtBlankLine(): boolean {
    return this.#chunk[this.#offset] === LINE_FEED && this.#line.length === 0;
  }

  /** Some bytes of a container inflate to millions of them: a card for each would keep the reader busy for minutes. */
  #takeBlankLines(): Card {
    const start = this.#offset;
    while (this.#chunk[this.#offset] === LINE_FEED) this.#offset++;
    return { kind: 'blank', lines: this.#offset - start };
  }

  #takeLine(): Uint8Array | undefined {
    const end = this.#chunk.indexOf(LINE_FEED, this.#offset);
    const piece = this.#chunk.subarray(this.#offset, end < 0 ? this.#chunk.length : end);
    this.#offset += piece.length + (end < 0 ? 0 : 1);
    this.#lineLength += piece.length;
    if (this.#lineLength > LINE_LIMIT) throw malformed('a line without end');
    if (end < 0) {
      this.#line.push(piece);
      return undefined;
    }
    this.#lineLength = 0;
    if (this.#line.length === 0) return piece;
    const line = join([...this.#line, piece]);
    this.#line = [];
    return line;
  }

  #fillPayload(payload: OpenPayload): Card | undefined {
    const piece = this.#chunk.subarray(this.#offset, this.#offset + payload.missing);
    this.#offset += piece.length;
    payload.missing -= piece.length;
    if (payload.isPassedOver) {
      if (payload.missing > 0) return undefined;
    } else if (payload.whole === undefined) payload.pieces.push(piece);
    else payload.whole.set(piece, payload.size - payload.missing - piece.length);
    if (payload.missing > 0) {
      if (payload.whole === undefined && payload.size - payload.missing >= GATHERED_AT_END) putTogether(payload);
      return undefined;
    }
    this.#payload = undefined;
    return payload.finish(payload.whole ?? join(payload.pieces));
  }

  /** @returns undefined when the card waits for its payload */
  #cardOf(lineBytes: Uint8Array): Card | undefined {
    if (isComment(lineBytes)) return { kind: 'comment', text: textOf(lineBytes.subarray(1)).trim() };
    const tokens = splitTokens(lineBytes);
    const line = tokens.join(' ');
    const keyword = tokens[0];
    if (keyword === undefined) return { kind: 'blank', lines: 1 };
    const count = tokens.length;
    const text = (index: number): string => decodeToken(tokens[index] ?? '');
    switch (keyword) {
      case 'file':
        if (count === 3) return this.#fileCard(line, tokens[1], undefined, tokens[2]);
        if (count === 4) return this.#fileCard(line, tokens[1], tokens[2], tokens[3]);
        throw malformed(line);
      case 'cfile':
        if (count === 4) return this.#compressedCard(line, tokens[1], undefined, tokens[2], tokens[3]);
        if (count === 5) return this.#compressedCard(line, tokens[1], tokens[2], tokens[3], tokens[4]);
        throw malformed(line);
      case 'uvfile':
        return this.#unversionedCard(line, tokens);
      case 'config':
        if (count !== 3) break;
        return this.#configCard(line, tokens);
      case 'igot': {
        const hash = tokens[1] ?? '';
        if (!isHash(hash)) break;
        return { kind: 'igot', hash, isPrivate: tokens[2] === '1' };
      }
      case 'gimme': {
        const hash = tokens[1] ?? '';
        if (count !== 2 || !isHash(hash)) break;
        return { kind: 'gimme', hash };
      }
      case 'login':
        if (count !== 4) break;
        return { kind: 'login', user: text(1), nonce: tokens[2] ?? '', signature: tokens[3] ?? '' };
      case 'pull':
      case 'push':
        if (count !== 3 || !PROJECT_CODE.test(tokens[2] ?? '')) break;
        return { kind: keyword, serverCode: tokens[1] ?? '', projectCode: tokens[2] ?? '' };
      case 'clone':
        return cloneCard(tokens);
      case 'clone_seqno':
        return { kind: 'clone-sequence', next: numberOf(tokens[1], line) };
      case 'private':
        return { kind: 'private' };
      case 'uvigot': {
        const entry = count === 5 ? unversionedEntry(tokens) : undefined;
        if (!entry) break;
        return { kind: 'uvigot', ...entry };
      }
      case 'uvgimme':
        if (count !== 2 || !isAddablePath(tokens[1] ?? '')) break;
        return { kind: 'uvgimme', name: tokens[1] ?? '' };
      case 'reqconfig':
        if (count !== 2) break;
        return { kind: 'reqconfig', group: tokens[1] ?? '' };
      case 'cookie':
        if (count !== 2) break;
        return { kind: 'cookie', text: tokens[1] ?? '' };
      case 'pragma':
        if (count < 2) break;
        return { kind: 'pragma', name: tokens[1] ?? '', parameters: tokens.slice(2) };
      case 'error':
      case 'message':
        // A few places of the server URL-encode instead, and then a space is `+` (fossil.md 2.2).
        return { kind: keyword, text: count > 2 ? tokens.slice(1).map(decodeToken).join(' ') : lenientText(text(1)) };
    }
    return { kind: 'unknown', line };
  }

  #fileCard(line: string, name: string | undefined, source: string | undefined, size: string | undefined) {
    const hash = hashOf(name, line);
    const delta = source === undefined ? {} : { deltaSource: hashOf(source, line) };
    return this.#await(numberOf(size, line), (payload) => ({ kind: 'file', hash, ...delta, payload }));
  }

  #compressedCard(
    line: string,
    name: string | undefined,
    source: string | undefined,
    fullSize: string | undefined,
    size: string | undefined,
  ) {
    const hash = hashOf(name, line);
    const delta = source === undefined ? {} : { deltaSource: hashOf(source, line) };
    const full = numberOf(fullSize, line);
    if (full > this.#options.payloadLimit) throw tooLarge(full, this.#options.payloadLimit);
    return this.#await(numberOf(size, line), (container) => ({ kind: 'cfile', hash, ...delta, size: full, container }));
  }

  #unversionedCard(line: string, tokens: string[]): Card | undefined {
    const entry = tokens.length === MAXIMUM_TOKENS ? unversionedEntry(tokens) : undefined;
    if (!entry) throw malformed(line);
    const hasContent = (numberOf(tokens[5], line) & WITHOUT_CONTENT) === 0;
    if (entry.hash === undefined && entry.size > 0 && hasContent) throw malformed(line);
    if (entry.hash === undefined || !hasContent) return { kind: 'uvfile', ...entry };
    return this.#await(entry.size, (content) => ({ kind: 'uvfile', ...entry, content }));
  }

  #configCard(line: string, tokens: string[]): Card | undefined {
    const table = tokens[1] ?? '';
    return this.#await(
      numberOf(tokens[2], line),
      (payload) => {
        this.#skip = 1;
        return { kind: 'config', table, payload };
      },
      { isContent: false },
    );
  }

  #await(
    size: number,
    finish: (payload: Uint8Array) => Card,
    { isContent = true }: { isContent?: boolean } = {},
  ): Card | undefined {
    const { payloadLimit, totalBytes, passesContentOver } = this.#options;
    if (size > payloadLimit) throw tooLarge(size, payloadLimit);
    if (totalBytes !== undefined && size > totalBytes - this.position)
      throw truncated(size, Math.max(0, totalBytes - this.position));
    if (size === 0) return finish(new Uint8Array(0));
    const isPassedOver = isContent && passesContentOver === true;
    this.#payload = { size, missing: size, pieces: [], isPassedOver, finish };
    return undefined;
  }
}

function putTogether(payload: OpenPayload): void {
  const whole = new Uint8Array(payload.size);
  let offset = 0;
  for (const piece of payload.pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  payload.pieces = [];
  payload.whole = whole;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first && pieces.length === 1) return first;
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

function hashOf(token: string | undefined, line: string): Hash {
  if (token === undefined || !isHash(token)) throw malformed(line);
  return token;
}

function numberOf(token: string | undefined, line: string): number {
  const value = token === undefined ? undefined : parseInteger(token);
  if (value === undefined) throw malformed(line);
  return value;
}

/** The tokens that `uvfile` and `uvigot` share. @returns undefined when one of them is not what it must be */
function unversionedEntry(tokens: readonly string[]): UnversionedEntry | undefined {
  const [, name = '', mtimeToken = '', hashToken = '', sizeToken = ''] = tokens;
  const mtime = parseInteger(mtimeToken, Number.MAX_SAFE_INTEGER);
  const size = parseInteger(sizeToken);
  if (!isAddablePath(name) || mtime === undefined || size === undefined) return undefined;
  if (hashToken === '-') return { name, mtime, size };
  return isHash(hashToken) ? { name, mtime, hash: hashToken, size } : undefined;
}

/** Without a version that is one, or with more than a version and a place, it is a clone of protocol 1. */
function cloneCard(tokens: readonly string[]): Card {
  const version = tokens.length === 3 ? (parseInteger(tokens[1] ?? '') ?? 1) : 1;
  return version < 2
    ? { kind: 'clone', version: 1, sequence: 1 }
    : { kind: 'clone', version, sequence: parseInteger(tokens[2] ?? '') ?? 0 };
}

function lenientText(text: string): string {
  if (/\s/.test(text) || !/[+%]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function malformed(line: string): EngineError {
  const shown = serverText(line, 80);
  return new EngineError('card-malformed', `The other side sent a line that is no part of Fossil's protocol: ${shown}`);
}

function truncated(declared: number, present: number): EngineError {
  return new EngineError(
    'reply-truncated',
    `The message ended too early: ${declared} bytes were announced, ${present} came. Try again.`,
  );
}

function tooLarge(size: number, limit: number): EngineError {
  return new EngineError(
    'artifact-too-large',
    `The other side announced an artifact of ${size} bytes; more than ${limit} bytes are not accepted. ${HOW_TO_TAKE_LARGER}`,
  );
}
