import crypto from 'node:crypto';
import type { Digest, HashAlgorithm, Hashing } from './hash';
import { createWasmDigests } from './hash-wasm';
import { Sha3Lanes } from './sha3-lanes';

/** One algorithm: an unfinished digest, and the digest of what is there already. */
interface Algorithm {
  create(): Digest;
  hex(bytes: Uint8Array): string;
  isNative: boolean;
}

/**
 * Digests of `node:crypto`, and of WebAssembly for those that it lacks: Electron's BoringSSL has no SHA-3, a FIPS build has no MD5
 * (sqlite.md 5). Which is which is found out once, by trying.
 */
export async function createNodeHashing(): Promise<Hashing> {
  const algorithms: Record<HashAlgorithm, Algorithm> = {
    md5: await algorithmOf('md5'),
    sha1: await algorithmOf('sha1'),
    'sha3-256': await algorithmOf('sha3-256'),
  };
  const lanes = sha3Lanes(algorithms['sha3-256']);
  return {
    hex: (algorithm, bytes) => algorithms[algorithm].hex(bytes),
    hexEach: (algorithm, contents) =>
      algorithm === 'sha3-256' && lanes !== undefined && contents.length > 1
        ? lanes.hexEach(contents)
        : contents.map((bytes) => algorithms[algorithm].hex(bytes)),
    create: (algorithm) => algorithms[algorithm].create(),
  };
}

async function algorithmOf(name: HashAlgorithm): Promise<Algorithm> {
  try {
    crypto.createHash(name);
    crypto.hash(name, '');
  } catch {
    const create = await createWasmDigests(name);
    return { create, hex: (bytes) => create().update(bytes).hex(), isNative: false };
  }
  return {
    create: () => new NodeDigest(crypto.createHash(name)),
    // In one step it costs less, above all for short contents.
    hex: (bytes) => crypto.hash(name, bytes, 'hex'),
    isNative: true,
  };
}

/** OpenSSL uses what ARM processors have for SHA-3; elsewhere two contents side by side are faster than it is. */
function sha3Lanes({ isNative }: Algorithm): Sha3Lanes | undefined {
  if (isNative && process.arch !== 'x64') return undefined;
  try {
    return new Sha3Lanes();
  } catch {
    // No vectors in this WebAssembly.
    return undefined;
  }
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
