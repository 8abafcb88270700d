import { createMD5, createSHA1, createSHA3, type IHasher } from 'hash-wasm';
import type { Digest, HashAlgorithm } from './hash';

const constructors: Record<HashAlgorithm, () => Promise<IHasher>> = {
  md5: createMD5,
  sha1: createSHA1,
  'sha3-256': () => createSHA3(256),
};

/**
 * Digests computed in WebAssembly. Making an instance is asynchronous, digests are not: all share one instance, which holds the
 * state of the digest that was fed last and saves it when another one is fed.
 */
export async function createWasmDigests(algorithm: HashAlgorithm): Promise<() => Digest> {
  const hasher = await constructors[algorithm]();
  let loaded: WasmDigest | undefined;

  class WasmDigest implements Digest {
    #saved: Uint8Array | undefined;

    constructor() {
      this.#takeOver();
      hasher.init();
    }

    update(bytes: Uint8Array): this {
      this.#load();
      hasher.update(bytes);
      return this;
    }

    hex(): string {
      this.#load();
      loaded = undefined;
      return hasher.digest('hex');
    }

    #load(): void {
      if (loaded === this) return;
      const state = this.#saved;
      if (state === undefined) throw new Error('The digest has ended.');
      this.#takeOver();
      hasher.load(state);
      this.#saved = undefined;
    }

    #takeOver(): void {
      if (loaded !== undefined) loaded.#saved = hasher.save();
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- whose state the shared instance holds
      loaded = this;
    }
  }

  return () => new WasmDigest();
}
