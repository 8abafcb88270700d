export type HashAlgorithm = 'md5' | 'sha1' | 'sha3-256';

/** An unfinished digest. */
export interface Digest {
  update(bytes: Uint8Array): this;
  /** Ends the digest. @returns lower-case hexadecimal */
  hex(): string;
}

/** Message digests, all synchronous. */
export interface Hashing {
  /** @returns the digest of `bytes` in lower-case hexadecimal */
  hex(algorithm: HashAlgorithm, bytes: Uint8Array): string;
  /** The digests of several contents at once, which can be faster than one after the other. */
  hexEach(algorithm: HashAlgorithm, contents: readonly Uint8Array[]): string[];
  /** @returns a digest to feed piece by piece; several may be open at once */
  create(algorithm: HashAlgorithm): Digest;
}
