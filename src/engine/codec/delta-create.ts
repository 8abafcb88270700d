const WINDOW = 16;
/** Candidates looked at for one window. */
const CHAIN_LIMIT = 250;
const DIGITS = Uint8Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~', (digit) =>
  digit.charCodeAt(0),
);
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;

/** Makes the delta that Fossil makes on x86, byte for byte (fossil.md 6.2). */
export function createDelta(source: Uint8Array, target: Uint8Array): Uint8Array {
  const writer = new DeltaWriter(target);
  if (source.length <= WINDOW) writer.insert(0, target.length);
  else writeSegments(source, target, writer);
  return writer.finish();
}

/** Collects the segments of a delta. */
class DeltaWriter {
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

function writeSegments(source: Uint8Array, target: Uint8Array, writer: DeltaWriter): void {
  const sourceLength = source.length;
  const targetLength = target.length;
  const { newest, older } = indexWindows(source);
  const buckets = newest.length;
  let base = 0;
  while (base + WINDOW < targetLength) {
    let sum = 0;
    let sums = 0;
    for (let i = 0; i < WINDOW; i++) {
      sum += signed(target[base + i] as number);
      sums += sum;
    }
    let bestLength = 0;
    let bestOffset = 0;
    let bestStart = base;
    let at = base;
    for (;;) {
      const hash = ((sum & 0xffff) | (sums << 16)) >>> 0;
      let block = newest[hash % buckets] as number;
      for (let limit = CHAIN_LIMIT; block >= 0 && limit > 0; limit--) {
        const anchor = block * WINDOW;
        const forwardLimit = Math.min(sourceLength - anchor, targetLength - at);
        let forward = 0;
        while (forward < forwardLimit && source[anchor + forward] === target[at + forward]) forward++;
        const backwardLimit = Math.min(anchor - 1, at - base);
        let backward = 0;
        while (backward < backwardLimit && source[anchor - backward - 1] === target[at - backward - 1]) backward++;
        const length = forward + backward;
        if (length > bestLength) {
          const offset = anchor - backward;
          const cost = digitCount(at - backward - base) + digitCount(length) + digitCount(offset) + 3;
          if (length >= cost) {
            bestLength = length;
            bestOffset = offset;
            bestStart = at - backward;
          }
        }
        block = older[block] as number;
      }
      if (bestLength > 0) {
        if (bestStart > base) writer.insert(base, bestStart - base);
        writer.copy(bestOffset, bestLength);
        base = bestStart + bestLength;
        break;
      }
      if (at + WINDOW >= targetLength) {
        writer.insert(base, targetLength - base);
        return;
      }
      const leaving = signed(target[at] as number);
      sum += signed(target[at + WINDOW] as number) - leaving;
      sums += sum - WINDOW * leaving;
      // Only the low 16 bits count; without this the sums would leave the range of small integers.
      sum = (sum << 16) >> 16;
      sums = (sums << 16) >> 16;
      at++;
    }
  }
  if (base < targetLength) writer.insert(base, targetLength - base);
}

/** Every 16th window of the source by its hash, chained newest first. */
function indexWindows(source: Uint8Array): { newest: Int32Array; older: Int32Array } {
  const buckets = Math.floor(source.length / WINDOW);
  const newest = new Int32Array(buckets).fill(-1);
  const older = new Int32Array(buckets).fill(-1);
  for (let start = 0, block = 0; start < source.length - WINDOW; start += WINDOW, block++) {
    let sum = 0;
    let sums = 0;
    for (let i = 0; i < WINDOW; i++) {
      sum += signed(source[start + i] as number);
      sums += sum;
    }
    const bucket = (((sum & 0xffff) | (sums << 16)) >>> 0) % buckets;
    older[block] = newest[bucket] as number;
    newest[bucket] = block;
  }
  return { newest, older };
}

/** Fossil sums `char`s, which are signed on x86. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}

function digitCount(value: number): number {
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
