import assert from 'node:assert/strict';
import { letGo } from '../../../src/engine/platform/let-go';

const LARGE = 16 * 1024 * 1024;
/** Older runtimes leave it to the collector. */
const lengthOnceGone = 'transfer' in ArrayBuffer.prototype ? 0 : LARGE;

describe('Letting go of bytes', () => {
  it('frees what is large', () => {
    for (const room of [0, 1]) {
      const bytes = new Uint8Array(new ArrayBuffer(LARGE + room), 0, LARGE);
      letGo(bytes);
      assert.equal(bytes.length, lengthOnceGone);
    }
  });

  it('frees what is small where that is asked for', () => {
    const bytes = new Uint8Array(100);
    letGo(bytes, { least: 100 });
    assert.equal(bytes.length, lengthOnceGone === 0 ? 0 : 100);
  });

  it('leaves alone what is small, and what is a part of something longer, unless it is told that nobody needs the rest', () => {
    const small = new Uint8Array(LARGE - 1);
    letGo(small);
    assert.equal(small.length, LARGE - 1);
    for (const [first, last] of [
      [0, LARGE],
      [10, LARGE + 10],
    ] as const) {
      const message = new Uint8Array(LARGE + 10);
      const part = message.subarray(first, last);
      letGo(part);
      assert.equal(part.length, LARGE);
      letGo(part, { withRoom: true });
      assert.equal(message.length, lengthOnceGone === 0 ? 0 : LARGE + 10);
    }
  });
});
