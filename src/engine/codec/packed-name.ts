import type { Hash } from '../identifiers';

/** Bytes that a packed name takes: its length in bytes, then its digits by twos, then what a shorter name leaves. */
export const PACKED_NAME = 33;

const ZERO = 0x30;
const NINE = 0x39;
/** From the code of `a` to 10. */
const TO_TEN = 0x61 - 10;
const DIGITS = '0123456789abcdef';
const PAIRS = Array.from({ length: 256 }, (_, byte) => `${DIGITS[byte >> 4] ?? ''}${DIGITS[byte & 15] ?? ''}`);

/** Writes a well-formed name (`isHash`) at `at`: half the bytes, and none of the weight of a text. */
export function packName(hash: Hash, bytes: Uint8Array, at: number): void {
  const length = hash.length >> 1;
  bytes[at] = length;
  for (let i = 0; i < length; i++)
    bytes[at + 1 + i] = (valueOf(hash.charCodeAt(2 * i)) << 4) | valueOf(hash.charCodeAt(2 * i + 1));
}

/** The name that {@link packName} wrote there. */
export function unpackName(bytes: Uint8Array, at: number): Hash {
  const end = at + 1 + (bytes[at] ?? 0);
  let name = '';
  for (let i = at + 1; i < end; i++) name += PAIRS[bytes[i] ?? 0] ?? '';
  return name as Hash;
}

function valueOf(digit: number): number {
  return digit <= NINE ? digit - ZERO : digit - TO_TEN;
}
