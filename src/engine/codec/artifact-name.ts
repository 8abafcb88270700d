import type { Hash } from '../identifiers';
import type { Hashing } from '../platform/hash';

export declare function nameOf(hashing: Hashing, content: Uint8Array, algorithm: 'sha1' | 'sha3-256'): Hash;
/** The algorithm that a name's length tells. */
export declare function algorithmOf(hash: Hash): 'sha1' | 'sha3-256';
/** @returns whether the content has that name */
export declare function hasName(hashing: Hashing, content: Uint8Array, hash: Hash): boolean;
