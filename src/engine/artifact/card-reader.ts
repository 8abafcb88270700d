import { byteTextOf } from '../codec/byte-text';
import { decodeToken } from '../codec/fossil-encoding';
import { compareBytes, textOf } from '../codec/utf8';
import { isHash, type Hash } from '../identifiers';

const SPACE = 0x20;
const LINE_FEED = 0x0a;
/** Stands for bytes beyond ASCII in the image; where it stands for itself, a token is only decoded the slow way. */
const BEYOND_ASCII = 0x7f;

/** 1 for hexadecimal digits of either case: the grammar takes both. */
const HEXADECIMAL = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEXADECIMAL[digit.charCodeAt(0)] = 1;

/** Bytes that are decoded at once at first, where cards are read one after another, and at most; a line is never cut. */
const FIRST_WINDOW = 1024;
const LARGEST_WINDOW = 16 * 1024;

/**
 * Walks the cards of an artifact. Separators are searched in an ASCII image of many lines and strings are cut out of it, since
 * looking at each byte, or thousands of small decodings, would cost more than all else.
 */
export class CardReader {
  private position = 0;
  private card = 0;
  private isAtLineEnd = true;
  private lineEnd = 0;
  private start = 0;
  private end = 0;
  private window: LineWindow;
  private windowLength = FIRST_WINDOW;
  /** Whether all texts that have been told are ASCII. */
  private isAscii: boolean;

  constructor(readonly bytes: Uint8Array) {
    this.window = new LineWindow(bytes, 0, FIRST_WINDOW);
    this.isAscii = this.window.isAscii;
  }

  /** @returns the letter of the next card as a character code; 0 at the end, and when the current card has more tokens */
  nextCard(): number {
    const bytes = this.bytes;
    if (!this.isAtLineEnd || this.position >= bytes.length) return 0;
    const separator = bytes[this.position + 1];
    if (separator !== SPACE && separator !== LINE_FEED) return 0;
    if (this.position >= this.window.end) this.look();
    this.lineEnd = this.window.lineEnd(this.position);
    this.isAtLineEnd = separator === LINE_FEED;
    this.card = this.position;
    this.position += 2;
    return bytes[this.card] as number;
  }

  /** Goes to the card's next token, possibly an empty one. @returns whether there is one */
  nextToken(): boolean {
    if (this.isAtLineEnd) return false;
    this.start = this.position;
    this.end = Math.min(this.window.spaces.from(this.start), this.lineEnd);
    this.position = this.end + 1;
    this.isAtLineEnd = this.end === this.lineEnd;
    return true;
  }

  /** What is left of the card's line as it stands; undefined where it is more than ASCII. */
  get restOfLine(): string | undefined {
    if (this.isAtLineEnd || this.window.beyondAscii.from(this.position) < this.lineEnd) return undefined;
    return this.window.slice(this.position, this.lineEnd);
  }

  /** Where the current card begins. */
  get cardStart(): number {
    return this.card;
  }

  /** Where the next card begins, when the current one has been read. */
  get offset(): number {
    return this.position;
  }

  /** Goes on behind cards that were read in another way. */
  goTo(position: number): void {
    this.position = position;
    this.isAtLineEnd = true;
    this.windowLength = FIRST_WINDOW;
    this.isAscii = false;
  }

  /** Goes to the end of the card's line. */
  skipLine(): void {
    this.position = this.lineEnd + 1;
    this.isAtLineEnd = true;
  }

  /** @returns whether the card has no more tokens */
  get isLineRead(): boolean {
    return this.isAtLineEnd;
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
    return this.window.beyondAscii.from(this.start) < this.end
      ? byteTextOf(this.bytes.subarray(this.start, this.end))
      : this.window.slice(this.start, this.end);
  }

  /** The decoded token, up to a NUL that was encoded: Fossil's strings end there. */
  get text(): string {
    const raw = this.rawToken;
    return this.window.backslashes.from(this.start) < this.end ? untilNul(decodeToken(raw)) : raw;
  }

  /** @returns the token when it is an artifact's name */
  get hash(): Hash | undefined {
    const length = this.end - this.start;
    if ((length !== 40 && length !== 64) || !this.isHexadecimal()) return undefined;
    return this.window.slice(this.start, this.end) as Hash;
  }

  /** @returns the artifact's name behind the token's first character */
  get signedHash(): Hash | undefined {
    const name = this.window.slice(this.start + 1, this.end);
    return isHash(name.toLowerCase()) ? (name as Hash) : undefined;
  }

  /** @returns the token when it is `length` hexadecimal digits */
  hexadecimal(length: number): string | undefined {
    if (this.tokenLength !== length || !this.isHexadecimal()) return undefined;
    return this.window.slice(this.start, this.end);
  }

  /** Takes raw bytes and the line feed behind them. @returns a view, undefined when they are not followed by one and by a card */
  rawBytes(length: number): Uint8Array | undefined {
    if (!this.isAtLineEnd || this.position + length + 1 >= this.bytes.length) return undefined;
    if (this.bytes[this.position + length] !== LINE_FEED) return undefined;
    const raw = this.bytes.subarray(this.position, this.position + length);
    this.position += length + 1;
    return raw;
  }

  private look(): void {
    this.windowLength = Math.min(2 * this.windowLength, LARGEST_WINDOW);
    this.window = new LineWindow(this.bytes, this.position, this.windowLength);
    this.isAscii &&= this.window.isAscii;
  }

  private isHexadecimal(): boolean {
    const { bytes, end } = this;
    for (let i = this.start; i < end; i++) if (HEXADECIMAL[bytes[i] as number] === 0) return false;
    return true;
  }
}

/** The ASCII image of some lines. Offsets are those of the artifact. */
class LineWindow {
  readonly end: number;
  readonly isAscii: boolean;
  readonly spaces: Occurrences;
  readonly backslashes: Occurrences;
  readonly beyondAscii: Occurrences;
  private readonly start: number;
  private readonly image: string;

  /** @param length - bytes at least, but for those behind the last line */
  constructor(bytes: Uint8Array, start: number, length: number) {
    const lineEnd = bytes.indexOf(LINE_FEED, start + length - 1);
    this.start = start;
    this.end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    const lines = bytes.subarray(start, this.end);
    const text = textOf(lines);
    this.isAscii = text.length === lines.length && !text.includes('\uFFFD');
    this.image = this.isAscii && !text.includes('\0') ? text : asciiImage(lines);
    this.spaces = new Occurrences(this.image, start, ' ');
    this.backslashes = new Occurrences(this.image, start, '\\');
    this.beyondAscii = new Occurrences(this.image, start, String.fromCharCode(BEYOND_ASCII));
  }

  /** @returns the offset of the line feed at or behind `from`, -1 when there is none */
  lineEnd(from: number): number {
    const found = this.image.indexOf('\n', from - this.start);
    return found < 0 ? -1 : this.start + found;
  }

  slice(from: number, to: number): string {
    return this.image.slice(from - this.start, to - this.start);
  }
}

/** Where a character occurs, for questions asked from left to right: each occurrence is searched once. */
class Occurrences {
  private next = -1;

  constructor(
    private readonly text: string,
    /** Offset of the text. */
    private readonly start: number,
    private readonly character: string,
  ) {}

  /** @returns the offset of the first occurrence at or behind `from`, the end of the text when there is none */
  from(from: number): number {
    if (this.next < from) {
      const found = this.text.indexOf(this.character, from - this.start);
      this.next = this.start + (found < 0 ? this.text.length : found);
    }
    return this.next;
  }
}

/** A string with a character for each byte: its offsets are offsets in the bytes. */
function asciiImage(bytes: Uint8Array): string {
  // A NUL separates as a space does; the binary says so, the reference is silent.
  return textOf(bytes.map((byte) => (byte === 0 ? SPACE : byte < 0x80 ? byte : BEYOND_ASCII)));
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
