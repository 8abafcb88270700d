import { DeltaWriter, digitCount } from './delta-writer';

const WINDOW = 16;
/** Of four bytes in a word: what makes their signs plain when it is flipped, and every other one. */
const SIGNS = 0x80808080 | 0;
const EVERY_OTHER = 0x00ff00ff;
/** Candidates looked at for one window. */
const CHAIN_LIMIT = 250;
const HASTY_CHAIN_LIMIT = 4;

/** How long it is looked for what the two have in common. */
interface SearchLimits {
  /** Candidates that are compared before it is done hastily. */
  thorough: number;
  /** Bytes of the target that are looked for and not found. */
  inVain: number;
}

const WHOLE: SearchLimits = { thorough: Number.MAX_SAFE_INTEGER, inVain: Number.MAX_SAFE_INTEGER };
const OF_LIKE: SearchLimits = { thorough: 8 * 1024 * 1024, inVain: 4 * 1024 * 1024 };

/** Makes the delta that Fossil makes on x86, byte for byte (fossil.md 6.2). */
export function createDelta(source: Uint8Array, target: Uint8Array): Uint8Array {
  const writer = new DeltaWriter(target);
  if (source.length <= WINDOW) writer.insert(0, target.length);
  else writeSegments(source, target, writer, WHOLE);
  return writer.finish();
}

/**
 * The same in a second or two at the most: what is alike is found at once, but to look for what is not takes its time with each byte. Once that has
 * taken long, only the first few candidates are looked at, so that the delta may be a little longer than Fossil's.
 * @returns undefined where the two are too unlike
 */
export function createDeltaOfLike(source: Uint8Array, target: Uint8Array): Uint8Array | undefined {
  if (source.length <= WINDOW) return undefined;
  const writer = new DeltaWriter(target);
  return writeSegments(source, target, writer, OF_LIKE) ? writer.finish() : undefined;
}

/** @returns false where more bytes were looked for in vain than may be */
function writeSegments(
  source: Uint8Array,
  target: Uint8Array,
  writer: DeltaWriter,
  { thorough, inVain }: SearchLimits,
): boolean {
  const sourceLength = source.length;
  const targetLength = target.length;
  const sourceWords = new DataView(source.buffer, source.byteOffset, sourceLength);
  const targetWords = new DataView(target.buffer, target.byteOffset, targetLength);
  const { newest, older } = indexWindows(sourceWords);
  const buckets = newest.length;
  let base = 0;
  let left = Math.min(inVain, targetLength);
  let candidates = thorough;
  while (base + WINDOW < targetLength) {
    const end = Math.min(base + left, targetLength - WINDOW);
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
      const most = candidates > 0 ? CHAIN_LIMIT : HASTY_CHAIN_LIMIT;
      let limit = most;
      for (; block >= 0 && limit > 0; limit--, block = older[block] as number) {
        const anchor = block * WINDOW;
        const backwardLimit = Math.min(anchor - 1, at - base);
        let backward = 0;
        while (backward < backwardLimit && source[anchor - backward - 1] === target[at - backward - 1]) backward++;
        const forwardLimit = Math.min(sourceLength - anchor, targetLength - at);
        // Most candidates differ before they would be longer than the best.
        const needed = bestLength - backward;
        if (needed >= 0 && (needed >= forwardLimit || source[anchor + needed] !== target[at + needed])) continue;
        let forward = 0;
        for (; forward + 4 <= forwardLimit; forward += 4)
          if (sourceWords.getInt32(anchor + forward) !== targetWords.getInt32(at + forward)) break;
        while (forward < forwardLimit && source[anchor + forward] === target[at + forward]) forward++;
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
      }
      candidates -= most - limit;
      if (bestLength > 0) {
        if (bestStart > base) writer.insert(base, bestStart - base);
        writer.copy(bestOffset, bestLength);
        left -= at - base;
        base = bestStart + bestLength;
        break;
      }
      if (at >= end) {
        if (at + WINDOW < targetLength) return false;
        writer.insert(base, targetLength - base);
        return true;
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
  return true;
}

/** Every 16th window of the source by its hash, chained newest first. */
function indexWindows(source: DataView): { newest: Int32Array; older: Int32Array } {
  const buckets = Math.floor(source.byteLength / WINDOW);
  const newest = new Int32Array(buckets).fill(-1);
  const older = new Int32Array(buckets);
  const end = source.byteLength - WINDOW;
  for (let start = 0, block = 0; start < end; start += WINDOW, block++) {
    const bucket = hashOf(source, start) % buckets;
    older[block] = newest[bucket] as number;
    newest[bucket] = block;
  }
  return { newest, older };
}

/** The sum of a window's bytes, and that of the sums up to each of them: four bytes at once, as numbers from 0 on that are 128 too large. */
function hashOf(source: DataView, start: number): number {
  const a = source.getInt32(start, true) ^ SIGNS;
  const b = source.getInt32(start + 4, true) ^ SIGNS;
  const c = source.getInt32(start + 8, true) ^ SIGNS;
  const d = source.getInt32(start + 12, true) ^ SIGNS;
  const odd =
    ((a >>> 8) & EVERY_OTHER) + ((b >>> 8) & EVERY_OTHER) + ((c >>> 8) & EVERY_OTHER) + ((d >>> 8) & EVERY_OTHER);
  const even = (a & EVERY_OTHER) + (b & EVERY_OTHER) + (c & EVERY_OTHER) + (d & EVERY_OTHER);
  const sum = halves(even + odd);
  // The first byte is in 16 of the sums, each later one in one less: so many are left out, by word, and within the words.
  const byWord = 4 * (sumOf(b) + 2 * sumOf(c) + 3 * sumOf(d));
  const withinWords = (odd & 0xffff) + 2 * (even >>> 16) + 3 * (odd >>> 16);
  const sums = WINDOW * sum - byWord - withinWords;
  return (((sum - 128 * WINDOW) & 0xffff) | ((sums - 64 * WINDOW * (WINDOW + 1)) << 16)) >>> 0;
}

function sumOf(word: number): number {
  return halves((word & EVERY_OTHER) + ((word >>> 8) & EVERY_OTHER));
}

function halves(word: number): number {
  return (word & 0xffff) + (word >>> 16);
}

/** Fossil sums `char`s, which are signed on x86. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}
