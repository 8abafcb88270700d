import { letGo } from '../platform/let-go';

/** Smallest buffer that is kept, in bytes; every size class is twice the one below. */
const SMALLEST = 4096;
/** Bytes of unused buffers kept at most. */
const KEPT_BYTES = 6 * 1024 * 1024;

/**
 * Buffers that are used over and over. A walk over all artifacts makes one full text after the other; allocated each time, they would
 * outgrow the collector by hundreds of megabytes.
 */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  #kept = 0;

  /** @returns `size` bytes with whatever an earlier user left in them */
  readonly take = (size: number): Uint8Array<ArrayBuffer> => {
    const capacity = capacityFor(size);
    const buffer = this.#free.get(capacity)?.pop();
    if (buffer === undefined) return new Uint8Array(new ArrayBuffer(capacity), 0, size);
    this.#kept -= capacity;
    return new Uint8Array(buffer, 0, size);
  };

  /** Takes back what {@link take} gave out; nobody may look at it any more. */
  give(bytes: Uint8Array<ArrayBuffer>): void {
    const { buffer } = bytes;
    const capacity = buffer.byteLength;
    if (this.#kept + capacity > KEPT_BYTES) {
      letGo(bytes, { withRoom: true });
      return;
    }
    const free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, [buffer]);
    else free.push(buffer);
    this.#kept += capacity;
  }
}

function capacityFor(size: number): number {
  return Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(1, size))));
}
