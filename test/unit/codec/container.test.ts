import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { containerSize, packContainer, unpackContainer } from '../../../src/engine/codec/container';
import { EngineError, type ErrorCode } from '../../../src/engine/errors';
import type { Zlib } from '../../../src/engine/platform/zlib';
import { nodeZlib as zlib } from '../../../src/engine/platform/zlib-node';
import { forSeeds } from '../../support/seeded';

const HELLO = Uint8Array.from(Buffer.from('00000006789ccb48cdc9c9e70200084b021f', 'hex'));

function failsWith(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof EngineError && error.code === code;
}

describe('container', () => {
  it('reads the reference example', () => {
    assert.equal(containerSize(HELLO), 6);
    assert.equal(Buffer.from(unpackContainer(zlib, HELLO)).toString(), 'hello\n');
  });

  it('restores what was packed', () => {
    forSeeds(100, (seeded) => {
      const content = seeded.below(2) ? seeded.bytes(seeded.below(4000)) : seeded.sourceText(seeded.below(200));
      assert.deepEqual(Uint8Array.from(unpackContainer(zlib, packContainer(zlib, content))), content);
    });
  });

  it('packs nothing into four zeros and an empty stream', () => {
    const container = packContainer(zlib, new Uint8Array(0));
    assert.equal(Buffer.from(container).toString('hex'), '00000000789c030000000001');
    assert.equal(unpackContainer(zlib, container).length, 0);
  });

  it('packs what is large, whether or not it can be compressed, into one buffer', () => {
    const noise = randomFillSync(new Uint8Array(17 * 1024 * 1024));
    for (const content of [noise, new Uint8Array(noise.length)]) {
      const container = packContainer(zlib, content, 1);
      assert.ok(container.buffer.byteLength < content.length * 1.01);
      assert.equal(containerSize(container), content.length);
      assert.ok(Buffer.from(unpackContainer(zlib, container)).equals(content));
    }
  });

  it('deflates at the level asked for', () => {
    assert.equal(packContainer(zlib, new Uint8Array(9), 9)[5], 0xda);
    assert.equal(packContainer(zlib, new Uint8Array(9))[5], 0x9c);
  });

  it('takes four bytes or fewer for nothing', () => {
    for (let length = 0; length <= 4; length++) {
      assert.equal(unpackContainer(zlib, new Uint8Array(length).fill(7)).length, 0);
    }
  });

  it('reads a declared size beyond 31 bits as unsigned', () => {
    const container = new Uint8Array(4 + 3_000_000);
    container.set([0x80, 0, 0, 0]);
    assert.equal(containerSize(container), 0x80000000);
  });

  it('refuses a size that the stream cannot hold, before inflating', () => {
    const never: Zlib = {
      inflate: () => assert.fail('inflated'),
      deflate: () => assert.fail('deflated'),
    };
    const bomb = Uint8Array.from([0xff, 0xff, 0xff, 0xff, ...HELLO.subarray(4)]);
    assert.throws(() => unpackContainer(never, bomb), failsWith('container-malformed'));
  });

  it('refuses more than the limit before inflating, and takes the limit itself', () => {
    assert.throws(() => unpackContainer(zlib, HELLO, 5), failsWith('artifact-too-large'));
    assert.equal(unpackContainer(zlib, HELLO, 6).length, 6);
  });

  it('refuses any damaged container by name', () => {
    forSeeds(600, (seeded) => {
      const content = seeded.sourceText(10);
      const damaged = seeded.mutated(packContainer(zlib, content), 1 + seeded.below(3));
      try {
        assert.equal(unpackContainer(zlib, damaged).length, containerSize(damaged));
      } catch (error) {
        assert.ok(failsWith('container-malformed')(error), String(error));
      }
    });
  });
});
