import { byteTextOf } from '../codec/byte-text';
import { decodeToken } from '../codec/fossil-encoding';
import { compareBytes, textOf } from '../codec/utf8';
import { isHash, type Hash } from '../identifiers';

const NUL = 0;
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const QUESTION_MARK = 0x3f;
const BACKSLASH = 0x5c;

const ENDS_TOKEN = 1;
const NOT_ASCII = 2;
const NEEDS_DECODING = 4;
/** Hexadecimal digits are those of either case: the grammar takes both. */
const NOT_HEXADECIMAL = 8;

/** What each byte means inside a token. */
const CLASSES = new Uint8Array(256).fill(NOT_HEXADECIMAL).fill(NOT_ASCII | NOT_HEXADECIMAL, 0x80);
for (const digit of '0123456789abcdefABCDEF') CLASSES[digit.charCodeAt(0)] = 0;
CLASSES[BACKSLASH] = NEEDS_DECODING | NOT_HEXADECIMAL;
// A NUL separates as a space does; the binary says so, the reference is silent.
CLASSES[NUL] = CLASSES[SPACE] = CLASSES[LINE_FEED] = ENDS_TOKEN;

/**
 * Walks the cards of an artifact. Tokens are ranges of bytes, made into strings only on request; strings are cut out of one ASCII
 * image of the whole, since thousands of small decodings would cost more than all else.
 */
export class CardReader {
  private position = 0;
  private isAtLineEnd = true;
  private start = 0;
  private end = 0;
  private marks = 0;
  private readonly isAscii: boolean;
  private readonly image: string;

  constructor(private readonly bytes: Uint8Array) {
    const text = textOf(bytes);
    this.isAscii = text.length === bytes.length && !text.includes('\uFFFD');
    this.image = this.isAscii ? text : asciiImage(bytes);
  }

  /** @returns the letter of the next card as a character code; 0 at the end, and when the current card has more tokens */
  nextCard(): number {
    const bytes = this.bytes;
    if (!this.isAtLineEnd || this.position >= bytes.length) return 0;
    const separator = bytes[this.position + 1];
    if (separator !== SPACE && separator !== LINE_FEED) return 0;
    this.isAtLineEnd = separator === LINE_FEED;
    this.position += 2;
    return bytes[this.position - 2] as number;
  }

  /** Goes to the card's next token, possibly an empty one. @returns whether there is one */
  nextToken(): boolean {
    if (this.isAtLineEnd) return false;
    const bytes = this.bytes;
    let position = this.position;
    let marks = 0;
    for (; position < bytes.length; position++) {
      const meaning = CLASSES[bytes[position] as number] as number;
      if (meaning === ENDS_TOKEN) break;
      marks |= meaning;
    }
    this.start = this.position;
    this.end = position;
    this.marks = marks;
    this.position = position + 1;
    this.isAtLineEnd = bytes[position] === LINE_FEED;
    return true;
  }

  /** @returns whether `b`, a text of this artifact as `a` is, comes behind it by its bytes */
  isAscending(a: string, b: string): boolean {
    // Among ASCII texts the operator decides the same, much faster.
    return this.isAscii ? a < b : compareBytes(a, b) < 0;
  }

  /** @returns whether all bytes were read as cards */
  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  get tokenLength(): number {
    return this.end - this.start;
  }

  /** The token as it stands. */
  get rawToken(): string {
    return this.marks & NOT_ASCII
      ? byteTextOf(this.bytes.subarray(this.start, this.end))
      : this.image.slice(this.start, this.end);
  }

  /** The decoded token, up to a NUL that was encoded: Fossil's strings end there. */
  get text(): string {
    const raw = this.rawToken;
    return this.marks & NEEDS_DECODING ? untilNul(decodeToken(raw)) : raw;
  }

  /** @returns the token when it is an artifact's name */
  get hash(): Hash | undefined {
    const length = this.end - this.start;
    if ((length !== 40 && length !== 64) || this.marks & NOT_HEXADECIMAL) return undefined;
    return this.image.slice(this.start, this.end) as Hash;
  }

  /** @returns the artifact's name behind the token's first character */
  get signedHash(): Hash | undefined {
    const name = this.image.slice(this.start + 1, this.end);
    return isHash(name.toLowerCase()) ? (name as Hash) : undefined;
  }

  /** @returns the token when it is `length` hexadecimal digits */
  hexadecimal(length: number): string | undefined {
    if (this.tokenLength !== length || this.marks & NOT_HEXADECIMAL) return undefined;
    return this.image.slice(this.start, this.end);
  }

  /** Takes raw bytes and the line feed behind them. @returns a view, undefined when they are not followed by one and by a card */
  rawBytes(length: number): Uint8Array | undefined {
    if (!this.isAtLineEnd || this.position + length + 1 >= this.bytes.length) return undefined;
    if (this.bytes[this.position + length] !== LINE_FEED) return undefined;
    const raw = this.bytes.subarray(this.position, this.position + length);
    this.position += length + 1;
    return raw;
  }
}

/** A string with a character for each byte, those beyond ASCII replaced: its offsets are offsets in the bytes. */
function asciiImage(bytes: Uint8Array): string {
  return textOf(bytes.map((byte) => (byte < 0x80 ? byte : QUESTION_MARK)));
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
