import type { Hash } from '../identifiers';
import type { Hashing } from '../platform/hash';

/** Length of a SHA-1 name; the other names are SHA3-256. */
const SHA1_LENGTH = 40;

/** The name of a content. */
export function nameOf(hashing: Hashing, content: Uint8Array, algorithm: 'sha1' | 'sha3-256'): Hash {
  return hashing.hex(algorithm, content) as Hash;
}

/** The algorithm that a name's length tells. */
export function algorithmOf(hash: Hash): 'sha1' | 'sha3-256' {
  return hash.length === SHA1_LENGTH ? 'sha1' : 'sha3-256';
}

/** @returns whether the content has that name */
export function hasName(hashing: Hashing, content: Uint8Array, hash: Hash): boolean {
  return hashing.hex(algorithmOf(hash), content) === hash;
}
