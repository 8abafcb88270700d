import { DeltaWriter, digitCount } from './delta-writer';

const WINDOW = 16;
/** Candidates looked at for one window. */
const CHAIN_LIMIT = 250;

/** Makes the delta that Fossil makes on x86, byte for byte (fossil.md 6.2). */
export function createDelta(source: Uint8Array, target: Uint8Array): Uint8Array {
  const writer = new DeltaWriter(target);
  if (source.length <= WINDOW) writer.insert(0, target.length);
  else writeSegments(source, target, writer);
  return writer.finish();
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
