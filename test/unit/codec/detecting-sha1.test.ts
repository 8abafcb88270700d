import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { hasName, hasUnforgedName, newNameOf } from '../../../src/engine/codec/artifact-name';
import { detectingSha1 } from '../../../src/engine/codec/detecting-sha1';
import { disturbanceVectors } from '../../../src/engine/codec/disturbance-vectors';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import { forSeeds } from '../../support/seeded';
import { COLLIDING, SHARED_SHA1 } from '../../support/sha1-collision';

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** What the hardened SHA-1 of Fossil 2.21 says of the two ("fossil sha1sum"). */
const HARDENED = ['29f38ae9fd98e2931120fa0bf213e024250d3f6a', '7117b3cb9225aaf0d8ef1a40e493957b0bf8693d'];

describe('SHA-1 that notices collisions', () => {
  it('is SHA-1 for messages of any length, and finds nothing in them', () => {
    forSeeds(30, (seeded) => {
      for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000 + seeded.below(5000)]) {
        const message = seeded.bytes(length);
        assert.deepEqual(detectingSha1(message), { hex: sha1(message), isCollision: false }, `${length} bytes`);
      }
    });
  });

  it('finds a real collision in both of its files, whatever follows, and gives each a name of its own', () => {
    COLLIDING.forEach((bytes, index) => {
      assert.equal(sha1(bytes), SHARED_SHA1);
      assert.deepEqual(detectingSha1(bytes), { hex: HARDENED[index], isCollision: true });
      assert.ok(detectingSha1(Uint8Array.from([...bytes, 1, 2, 3])).isCollision);
    });
  });

  it('finds it although only one file is there, and not in what is merely like it', () => {
    const [bytes] = COLLIDING;
    for (const bit of [0, 7, 100, 511]) {
      const altered = bytes.slice();
      const at = altered.length - 64 + (bit >> 3);
      altered[at] = (altered[at] ?? 0) ^ (0x80 >> (bit & 7));
      assert.deepEqual(detectingSha1(altered), { hex: sha1(altered), isCollision: false }, `bit ${bit}`);
    }
  });

  it('knows the way that the real collision went', () => {
    const [first, second] = COLLIDING.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset + 256));
    assert.ok(first && second);
    const differences = Array.from({ length: 16 }, (_, word) => first.getInt32(4 * word) ^ second.getInt32(4 * word));
    const vector = disturbanceVectors().find(({ messageDifferences }) =>
      differences.every((difference, word) => difference === messageDifferences[word]),
    );
    assert.equal(vector?.name, 'II(52,0)');
    assert.equal(new Set(disturbanceVectors().map(({ name }) => name)).size, 32);
  });

  it('keeps content that was made to collide out under the name that it shares', async () => {
    const hashing = await createNodeHashing();
    for (const bytes of COLLIDING) {
      const shared = SHARED_SHA1 as Hash;
      assert.ok(!hasUnforgedName(hashing, bytes, shared));
      const own = newNameOf(hashing, bytes, 'sha1');
      assert.ok(hasUnforgedName(hashing, bytes, own));
      assert.ok(hasName(hashing, bytes, own));
      assert.ok(!COLLIDING.every((other) => hasName(hashing, other, own)));
    }
  });
});
