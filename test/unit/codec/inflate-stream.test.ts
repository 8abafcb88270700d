import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { hasCode } from '../../../src/engine/errors';
import { InflateStream } from '../../../src/engine/platform/inflate-stream';
import { forSeeds, type Seeded } from '../../support/seeded';

/** Pushes the stream in pieces of random length. */
function inflate(stream: Uint8Array, size: number, seeded: Seeded): Buffer {
  const inflation = new InflateStream(size);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const length = 1 + seeded.below(seeded.pick([1, 3, 50, 5000]));
    pieces.push(...inflation.push(stream.subarray(at, at + length)));
    at += length;
  }
  inflation.end();
  return Buffer.concat(pieces);
}

const isDamage = (error: unknown): boolean => hasCode(error, 'container-malformed');

describe('A zlib stream that is inflated while it arrives', () => {
  it('gives what was deflated, whatever the pieces', () => {
    forSeeds(60, (seeded) => {
      const bytes = seeded.below(2) === 0 ? seeded.bytes(seeded.below(9000)) : seeded.sourceText(seeded.below(3000));
      const stream = deflateSync(bytes, { level: seeded.below(10) });
      assert.ok(inflate(stream, bytes.length, seeded).equals(bytes));
    });
  });

  it('gives out what it has before the end has come', () => {
    forSeeds(5, (seeded) => {
      const bytes = seeded.bytes(200_000);
      const stream = deflateSync(bytes);
      const inflation = new InflateStream(bytes.length);
      const early = inflation.push(stream.subarray(0, stream.length / 2)).reduce((sum, piece) => sum + piece.length, 0);
      assert.ok(early > 50_000, String(early));
      assert.equal(inflation.isComplete, false);
    });
  });

  it('refuses another length, an early end and damage anywhere', () => {
    forSeeds(3, (seeded) => {
      const bytes = seeded.sourceText(40);
      const stream = deflateSync(bytes);
      for (const size of [0, bytes.length - 1, bytes.length + 1]) {
        assert.throws(() => inflate(stream, size, seeded), isDamage, `length ${size}`);
      }
      for (let length = 0; length < stream.length; length++) {
        assert.throws(() => inflate(stream.subarray(0, length), bytes.length, seeded), isDamage, `first ${length}`);
      }
      for (let at = 0; at < stream.length; at++) {
        const changed = Uint8Array.from(stream);
        changed[at] = (changed[at] ?? 0) ^ 0x55;
        // A stream may say the same in other words: then the bytes are right.
        try {
          assert.ok(inflate(changed, bytes.length, seeded).equals(bytes), `byte ${at} went unnoticed`);
        } catch (error) {
          if (!isDamage(error)) throw error;
        }
      }
    });
  });
});
