import crypto from 'node:crypto';
import type { Digest, HashAlgorithm, Hashing } from './hash';
import { createWasmDigests } from './hash-wasm';

/** Makes an unfinished digest of one algorithm. */
type DigestFactory = () => Digest;

/**
 * Digests of `node:crypto`, and of WebAssembly for those that it lacks: Electron's BoringSSL has no SHA-3, a FIPS build has no MD5
 * (sqlite.md 5). Which is which is found out once, by trying.
 */
export async function createNodeHashing(): Promise<Hashing> {
  const factories: Record<HashAlgorithm, DigestFactory> = {
    md5: await factoryOf('md5'),
    sha1: await factoryOf('sha1'),
    'sha3-256': await factoryOf('sha3-256'),
  };
  return {
    hex: (algorithm, bytes) => factories[algorithm]().update(bytes).hex(),
    create: (algorithm) => factories[algorithm](),
  };
}

async function factoryOf(algorithm: HashAlgorithm): Promise<DigestFactory> {
  try {
    crypto.createHash(algorithm);
  } catch {
    return createWasmDigests(algorithm);
  }
  return () => new NodeDigest(crypto.createHash(algorithm));
}

class NodeDigest implements Digest {
  readonly #hash: crypto.Hash;

  constructor(hash: crypto.Hash) {
    this.#hash = hash;
  }

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}
