import type { Hash } from '../identifiers';
import type { Hashing } from '../platform/hash';
import { detectingSha1 } from './detecting-sha1';

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

/** The name that content made here gets. Of content made to collide under SHA-1 it is the one that Fossil gives, too. */
export function newNameOf(hashing: Hashing, content: Uint8Array, algorithm: 'sha1' | 'sha3-256'): Hash {
  return algorithm === 'sha1' ? (detectingSha1(content).hex as Hash) : nameOf(hashing, content, algorithm);
}

/**
 * @returns whether the content has that name. Fast: content that was made to collide may have either of its two SHA-1 names, the plain one
 * and the one that Fossil gives it
 */
export function hasName(hashing: Hashing, content: Uint8Array, hash: Hash): boolean {
  const algorithm = algorithmOf(hash);
  if (hashing.hex(algorithm, content) === hash) return true;
  return algorithm === 'sha1' && detectingSha1(content).hex === hash;
}

/** @returns whether content that others have sent has that name, and was not made to share it with other content. Slow for SHA-1 names. */
export function hasUnforgedName(hashing: Hashing, content: Uint8Array, hash: Hash): boolean {
  return newNameOf(hashing, content, algorithmOf(hash)) === hash;
}
