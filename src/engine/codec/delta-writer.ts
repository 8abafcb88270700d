const DIGITS = Uint8Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~', (digit) =>
  digit.charCodeAt(0),
);
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;

/** Bytes that are there for a delta at first; most need no more. */
const FIRST_BYTES = 4096;
/** Bytes of a number and what ends it, at the most. */
const LONGEST_INTEGER = 16;

/** Collects the segments of a delta (fossil.md 6.1). A copy must be longer than the characters that it takes. */
export class DeltaWriter {
  private bytes: Uint8Array;
  private length = 0;

  constructor(private readonly target: Uint8Array) {
    this.bytes = new Uint8Array(FIRST_BYTES);
    this.integer(target.length, LINE_FEED);
  }

  /** @param start - offset in the target */
  insert(start: number, length: number): void {
    this.integer(length, COLON);
    this.reserve(length);
    this.bytes.set(this.target.subarray(start, start + length), this.length);
    this.length += length;
  }

  /** @param offset - in the source */
  copy(offset: number, length: number): void {
    this.integer(length, AT);
    this.integer(offset, COMMA);
  }

  finish(): Uint8Array {
    this.integer(checksum(this.target), SEMICOLON);
    return this.bytes.slice(0, this.length);
  }

  private integer(value: number, terminator: number): void {
    this.reserve(LONGEST_INTEGER);
    let rest = value;
    const digits = digitCount(value);
    for (let i = digits - 1; i >= 0; i--) {
      this.bytes[this.length + i] = DIGITS[rest & 63] as number;
      rest = rest >>> 6;
    }
    this.length += digits;
    this.bytes[this.length++] = terminator;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(2 * needed);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }
}

/** Characters that a number takes in a delta. */
export function digitCount(value: number): number {
  let digits = 1;
  for (let bound = 64; value >= bound; bound *= 64) digits++;
  return digits;
}

/** Sum modulo 2^32 of the big-endian 32-bit words, the last one padded with zeros. */
function checksum(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  let sum = 0;
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < whole; i += 4) sum = (sum + words.getInt32(i)) | 0;
  for (let i = whole, shift = 24; i < bytes.length; i++, shift -= 8) sum = (sum + ((bytes[i] as number) << shift)) | 0;
  return sum >>> 0;
}
