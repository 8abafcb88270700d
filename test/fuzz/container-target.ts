import assert from 'node:assert/strict';
import { packContainer, unpackContainer } from '../../src/engine/codec/container';
import type { Zlib } from '../../src/engine/platform/zlib';
import type { Seeded } from '../support/seeded';
import { type FuzzTarget, unlessRefused } from './fuzz-target';

const LIMIT = 100_000;
/** What deflate makes of one byte at most, of any bytes at all. */
const MOST_FROM_ONE = 1032;

/** @param name - of the zlib that is tested through the container */
export function containerTarget(name: string, zlib: Zlib): FuzzTarget {
  return {
    name: `container (${name})`,
    bound: 'asks zlib for the declared size, at most the limit and at most 1032 times the stream',
    tryOne(seeded) {
      const content = seeded.below(2) === 0 ? seeded.sourceText(seeded.below(60)) : seeded.bytes(seeded.below(300));
      const isIntact = seeded.below(8) === 0;
      const container = isIntact ? packContainer(zlib, content) : damaged(seeded, packContainer(zlib, content));
      const asked: number[] = [];
      const recording: Zlib = {
        inflate: (stream, size) => {
          asked.push(size);
          assert.ok(size <= stream.length * MOST_FROM_ONE, `${size} bytes of ${stream.length}`);
          return zlib.inflate(stream, size);
        },
        deflate: (bytes, level) => zlib.deflate(bytes, level),
      };
      const unpacked = unlessRefused(() => unpackContainer(recording, container, LIMIT));
      assert.ok(asked.length <= 1 && (asked[0] ?? 0) <= LIMIT, `zlib was asked for ${asked.join(', ')} bytes`);
      if (isIntact) assert.deepEqual(unpacked, content, 'a container does not give back what was packed');
      if (unpacked === undefined) return false;
      if (container.length > 4) assert.deepEqual(asked, [unpacked.length]);
      assert.deepEqual(
        unpackContainer(zlib, packContainer(zlib, unpacked)),
        unpacked,
        'a content cannot be packed again',
      );
      return true;
    },
  };
}

function damaged(seeded: Seeded, container: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(container);
  const view = new DataView(copy.buffer);
  switch (seeded.below(5)) {
    case 0:
      view.setUint32(
        0,
        seeded.pick([0, 1, view.getUint32(0) + 1, LIMIT, LIMIT + 1, 0x7fffffff, 0x80000000, 0xffffffff]),
      );
      return copy;
    case 1:
      return copy.subarray(0, seeded.below(copy.length));
    case 2:
      copy[seeded.below(copy.length)] = seeded.below(256);
      return copy;
    case 3:
      return Uint8Array.from([...copy, ...seeded.bytes(seeded.below(20))]);
    default:
      return seeded.mutated(copy, 1 + seeded.below(3));
  }
}
