import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import type { Zlib } from '../../src/engine/platform/zlib';
import { forSeeds } from '../support/seeded';
import { withCode } from './error-code';

/** What every zlib must do (src/engine/platform/zlib.ts). */
export function zlibConformance(name: string, zlib: Zlib): void {
  describe(`zlib by ${name}`, () => {
    const text = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(200));

    it('inflates what zlib itself deflated, at every level', () => {
      for (let level = 0; level <= 9; level++) {
        const bytes = zlib.inflate(deflateSync(text, { level }), text.length);
        assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
        assert.ok(text.equals(bytes));
      }
    });

    it('deflates what it inflates', () => {
      forSeeds(40, (seeded) => {
        const bytes = seeded.below(2) === 0 ? seeded.bytes(seeded.below(5000)) : seeded.sourceText(seeded.below(400));
        const level = 1 + seeded.below(9);
        assert.deepEqual(zlib.inflate(zlib.deflate(bytes, level), bytes.length), bytes);
      });
    });

    it('keeps nothing, one byte and 20 MB', () => {
      for (const bytes of [new Uint8Array(0), Uint8Array.of(7), new Uint8Array(20 * 1024 * 1024).fill(3)]) {
        assert.ok(Buffer.from(zlib.inflate(zlib.deflate(bytes, 1), bytes.length)).equals(bytes));
      }
    });

    it('packs as well as Fossil by default', () => {
      assert.ok(zlib.deflate(text).length <= deflateSync(text, { level: 6 }).length * 1.1);
    });

    it('gives memory that may be handed to another thread', () => {
      for (const size of [0, 10, 3000, 100_000]) {
        const bytes = new Uint8Array(size);
        for (const result of [zlib.deflate(bytes), zlib.inflate(zlib.deflate(bytes), size)]) {
          assert.ok(result.buffer.byteLength <= result.length + 64, `${result.buffer.byteLength} for ${result.length}`);
          assert.ok(result.buffer instanceof ArrayBuffer);
          structuredClone(result, { transfer: [result.buffer] });
        }
      }
    });

    it('refuses a length that is not the right one', () => {
      const stream = deflateSync(text);
      for (const size of [0, 1, text.length - 1, text.length + 1, text.length * 2]) {
        assert.throws(() => zlib.inflate(stream, size), withCode('container-malformed'), `size ${size}`);
      }
    });

    it('refuses a length that no such stream can have, without allocating it', () => {
      const before = process.memoryUsage().arrayBuffers;
      for (const size of [1e9, 2 ** 40, -1, 0.5, NaN]) {
        assert.throws(() => zlib.inflate(deflateSync(text), size), withCode('container-malformed'));
      }
      assert.ok(process.memoryUsage().arrayBuffers - before < 100e6);
    });

    it('refuses a stream that ends early', () => {
      const stream = deflateSync(text);
      for (let length = 0; length < stream.length; length++) {
        assert.throws(() => zlib.inflate(stream.subarray(0, length), text.length), withCode('container-malformed'));
      }
    });

    it('notices every flipped byte', () => {
      const stream = deflateSync(text);
      for (let at = 0; at < stream.length; at++) {
        const damaged = Uint8Array.from(stream);
        damaged[at]! ^= 0x55;
        // A stream may say the same in other words: then the bytes are right.
        try {
          assert.ok(text.equals(zlib.inflate(damaged, text.length)), `byte ${at} went unnoticed`);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          withCode('container-malformed')(error);
        }
      }
    });

    it('refuses what is no stream', () => {
      forSeeds(200, (seeded) => {
        const bytes = seeded.bytes(seeded.below(100));
        assert.throws(() => zlib.inflate(bytes, seeded.below(200)), withCode('container-malformed'));
      });
    });
  });
}
