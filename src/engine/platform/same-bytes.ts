const { prototype } = Buffer as { prototype: Buffer };

/** @returns whether both hold the same bytes; compared by the runtime, thirty times as fast as a loop */
export function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** @returns whether `length` bytes of `a` at `aStart` are those of `b` at `bStart`; without a view of either, which would cost more */
export function areSameBytesAt(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  return prototype.compare.call(a, b, bStart, bStart + length, aStart, aStart + length) === 0;
}
