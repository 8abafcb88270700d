import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import type { Hashing } from '../../src/engine/platform/hash';
import { createNodeHashing } from '../../src/engine/platform/hash-node';
import { createWasmDigests } from '../../src/engine/platform/hash-wasm';
import { hashConformance } from './hash';

hashConformance('node:crypto', createNodeHashing);

/** As in Electron, whose BoringSSL throws for SHA-3. */
hashConformance('node:crypto without SHA-3', async () => {
  const original = crypto.createHash;
  let refusals = 0;
  crypto.createHash = (algorithm, options) => {
    if (algorithm !== 'sha3-256') return original(algorithm, options);
    refusals++;
    throw new Error('Digest method not supported');
  };
  try {
    const hashing = await createNodeHashing();
    hashing.hex('sha3-256', new Uint8Array(1));
    assert.equal(refusals, 1, 'it is found out once');
    return hashing;
  } finally {
    crypto.createHash = original;
  }
});

hashConformance('WebAssembly', async (): Promise<Hashing> => {
  const factories = {
    md5: await createWasmDigests('md5'),
    sha1: await createWasmDigests('sha1'),
    'sha3-256': await createWasmDigests('sha3-256'),
  };
  return {
    hex: (algorithm, bytes) => factories[algorithm]().update(bytes).hex(),
    hexEach: (algorithm, contents) => contents.map((bytes) => factories[algorithm]().update(bytes).hex()),
    create: (algorithm) => factories[algorithm](),
  };
});
