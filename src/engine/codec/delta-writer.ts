const DIGITS = Uint8Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~', (digit) =>
  digit.charCodeAt(0),
);
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;

/** Collects the segments of a delta (fossil.md 6.1). A copy must be longer than the characters that it takes. */
export class DeltaWriter {
  private bytes: Uint8Array;
  private length = 0;

  constructor(private readonly target: Uint8Array) {
    // Fossil's own bound: the encoder never emits a copy that costs more than what it copies.
    this.bytes = new Uint8Array(target.length + 60);
    this.integer(target.length, LINE_FEED);
  }

  /** @param start - offset in the target */
  insert(start: number, length: number): void {
    this.integer(length, COLON);
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
    let rest = value;
    const digits = digitCount(value);
    for (let i = digits - 1; i >= 0; i--) {
      this.bytes[this.length + i] = DIGITS[rest & 63] as number;
      rest = rest >>> 6;
    }
    this.length += digits;
    this.bytes[this.length++] = terminator;
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
  for (let i = 0; i < whole; i += 4) {
    sum =
      (sum +
        (((bytes[i] as number) << 24) |
          ((bytes[i + 1] as number) << 16) |
          ((bytes[i + 2] as number) << 8) |
          (bytes[i + 3] as number))) |
      0;
  }
  for (let i = whole, shift = 24; i < bytes.length; i++, shift -= 8) sum = (sum + ((bytes[i] as number) << shift)) | 0;
  return sum >>> 0;
}
