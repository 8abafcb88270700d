import assert from 'node:assert/strict';
import { algorithmOf, hasName, nameOf } from '../../../src/engine/codec/artifact-name';
import { isHash } from '../../../src/engine/identifiers';
import type { Hashing } from '../../../src/engine/platform/hash';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';

const HELLO = new TextEncoder().encode('hello\n');

describe('artifact name', () => {
  let hashing: Hashing;

  before(async () => {
    hashing = await createNodeHashing();
  });

  it('is the SHA3-256 of the reference examples', () => {
    assert.equal(
      nameOf(hashing, HELLO, 'sha3-256'),
      'b314e28493eae9dab57ac4f0c6d887bddbbeb810e900d818395ace558e96516d',
    );
    assert.equal(
      nameOf(hashing, new Uint8Array(0), 'sha3-256'),
      'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a',
    );
  });

  it('tells its algorithm by its length', () => {
    assert.equal(algorithmOf(nameOf(hashing, HELLO, 'sha1')), 'sha1');
    assert.equal(algorithmOf(nameOf(hashing, HELLO, 'sha3-256')), 'sha3-256');
  });

  it('belongs to its content only, and only in lower case', () => {
    for (const algorithm of ['sha1', 'sha3-256'] as const) {
      const name = nameOf(hashing, HELLO, algorithm);
      assert.ok(isHash(name));
      assert.ok(hasName(hashing, HELLO, name));
      assert.ok(!hasName(hashing, HELLO.subarray(1), name));
      assert.ok(!isHash(name.toUpperCase()));
    }
  });
});
