import assert from 'node:assert/strict';
import type { HashAlgorithm, Hashing } from '../../src/engine/platform/hash';
import { Seeded } from '../support/seeded';

/** The published digests of nothing and of "abc" (RFC 1321, FIPS 180-4, FIPS 202). */
const vectors: Record<HashAlgorithm, { empty: string; abc: string }> = {
  md5: { empty: 'd41d8cd98f00b204e9800998ecf8427e', abc: '900150983cd24fb0d6963f7d28e17f72' },
  sha1: {
    empty: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    abc: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  },
  'sha3-256': {
    empty: 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a',
    abc: '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  },
};
const algorithms: readonly HashAlgorithm[] = ['md5', 'sha1', 'sha3-256'];

/** What every implementation of digests must do (src/engine/platform/hash.ts). */
export function hashConformance(name: string, create: () => Promise<Hashing>): void {
  describe(`Digests by ${name}`, () => {
    let hashing: Hashing;
    before(async () => (hashing = await create()));

    for (const algorithm of algorithms) {
      it(`computes the published ${algorithm} of nothing and of "abc"`, () => {
        assert.equal(hashing.hex(algorithm, new Uint8Array(0)), vectors[algorithm].empty);
        assert.equal(hashing.hex(algorithm, Buffer.from('abc')), vectors[algorithm].abc);
        assert.equal(hashing.create(algorithm).hex(), vectors[algorithm].empty);
      });
    }

    it('gives the same whether fed whole or in pieces, also around block borders', () => {
      const seeded = new Seeded(7);
      for (const algorithm of algorithms) {
        for (const length of [1, 55, 56, 63, 64, 65, 135, 136, 137, 1000, 70_000]) {
          const bytes = seeded.bytes(length);
          const digest = hashing.create(algorithm);
          for (let at = 0; at < length; at += 61) digest.update(bytes.subarray(at, at + 61));
          assert.equal(digest.hex(), hashing.hex(algorithm, bytes), `${algorithm} of ${length} bytes`);
        }
      }
    });

    it('gives each of several contents the digest that it has alone, of any lengths and in any number', () => {
      const seeded = new Seeded(11);
      const lengths = [0, 1, 134, 135, 136, 137, 271, 272, 65_279, 65_280, 65_281, 65_415, 65_416, 130_560, 200_000];
      for (const algorithm of algorithms) {
        for (let count = 0; count <= lengths.length; count++) {
          const contents = Array.from({ length: count }, () =>
            seeded.bytes(lengths[seeded.below(lengths.length)] ?? 0),
          );
          const alone = contents.map((bytes) => hashing.hex(algorithm, bytes));
          assert.deepEqual(hashing.hexEach(algorithm, contents), alone, `${algorithm}, seed 11`);
        }
      }
    });

    it('keeps several digests open at once', () => {
      for (const algorithm of algorithms) {
        const abc = hashing.create(algorithm);
        const nothing = hashing.create(algorithm);
        abc.update(Buffer.from('a'));
        assert.equal(hashing.hex(algorithm, Buffer.from('abc')), vectors[algorithm].abc);
        const second = hashing.create(algorithm).update(Buffer.from('ab'));
        abc.update(Buffer.from('b')).update(Buffer.from('c'));
        second.update(Buffer.from('c'));
        assert.equal(nothing.hex(), vectors[algorithm].empty);
        assert.equal(abc.hex(), vectors[algorithm].abc);
        assert.equal(second.hex(), vectors[algorithm].abc);
      }
    });

    it('refuses a digest that has ended', () => {
      for (const algorithm of algorithms) {
        const digest = hashing.create(algorithm);
        digest.hex();
        hashing.create(algorithm).update(Buffer.from('x'));
        assert.throws(() => digest.update(Buffer.from('x')));
      }
    });
  });
}
