import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { applyDelta, deltaTargetSize } from '../../../src/engine/codec/delta-apply';
import { createDelta, createDeltaOfLike } from '../../../src/engine/codec/delta-create';
import { EngineError } from '../../../src/engine/errors';
import { forSeeds, Seeded } from '../../support/seeded';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

const SOURCE = bytes('The quick brown fox jumps over the lazy dog. 0123456789\n');
const TARGET = bytes('The quick brown cat jumps over the lazy dog. 0123456789!\n');
const DELTA = 'u\nG@0,3:cat_@J,2:!\n9ng3I;';

describe('createDelta', () => {
  it('writes the delta of the reference example', () => {
    assert.equal(text(createDelta(SOURCE, TARGET)), DELTA);
  });

  it('inserts all when the source is no longer than a window', () => {
    assert.equal(text(createDelta(bytes(''), bytes(''))), '0\n0:0;');
    assert.equal(text(createDelta(bytes('0123456789abcdef'), bytes('abc'))), '3\n3:abc1XObC0;');
  });

  it('writes no segment for an empty target of a longer source', () => {
    assert.equal(text(createDelta(SOURCE, bytes(''))), '0\n0;');
  });

  it('makes little of a small change in a large file', () => {
    forSeeds(3, (seeded) => {
      const source = seeded.sourceText(5000);
      const target = seeded.mutated(source, 3);
      assert.ok(createDelta(source, target).length < 1500);
    });
  });
});

describe('createDeltaOfLike', () => {
  const MIB = 1024 * 1024;
  const noise = (key: number, length: number): Uint8Array =>
    new Uint8Array(createCipheriv('aes-128-ctr', Buffer.alloc(16, key), Buffer.alloc(16)).update(Buffer.alloc(length)));

  it('is the same where two are alike, and finds what they share behind much that is new', () => {
    const seeded = new Seeded(5);
    const source = seeded.bytes(20_000);
    const target = seeded.mutated(source, 20);
    assert.deepEqual(createDeltaOfLike(source, target), createDelta(source, target));
    const [old, fresh] = [noise(1, MIB), noise(2, MIB)];
    const longer = Buffer.concat([fresh, old]);
    const delta = createDeltaOfLike(old, longer) ?? assert.fail('given up');
    assert.ok(delta.length < MIB + 1000, `${delta.length} bytes`);
    assert.ok(longer.equals(applyDelta(old, delta)));
  });

  it('is given up where two are nothing like each other', () => {
    assert.equal(createDeltaOfLike(noise(1, 300_000), noise(2, 5 * MIB)), undefined);
  });
});

describe('applyDelta', () => {
  it('restores what createDelta was given, whatever the change', () => {
    forSeeds(400, (seeded) => {
      const source = seeded.below(3) === 0 ? seeded.bytes(seeded.below(600)) : seeded.sourceText(seeded.below(120));
      const target = seeded.below(8) === 0 ? seeded.bytes(seeded.below(300)) : seeded.mutated(source, seeded.below(12));
      const delta = createDelta(source, target);
      assert.equal(deltaTargetSize(delta), target.length);
      assert.ok(delta.length <= target.length + 60);
      assert.deepEqual(applyDelta(source, delta), target);
    });
  });

  it('copes with runs of equal blocks', () => {
    const source = new Uint8Array(200_000);
    const target = new Uint8Array(200_001).fill(0, 0).fill(1, 100_000, 100_001);
    assert.deepEqual(applyDelta(source, createDelta(source, target)), target);
  });

  it('takes a source that is a view into a larger buffer', () => {
    const buffer = new Uint8Array([...bytes('noise'), ...SOURCE, ...bytes('noise')]);
    assert.deepEqual(applyDelta(buffer.subarray(5, 5 + SOURCE.length), bytes(DELTA)), TARGET);
  });

  it('leaves the checksum to the artifact name, as Fossil does', () => {
    assert.deepEqual(applyDelta(SOURCE, bytes(DELTA.replace('9ng3I;', '0;'))), TARGET);
  });

  for (const [fault, delta] of [
    ['has no header', ''],
    ['has no line feed behind its size', '5'],
    ['has no end', '3\n3:abc'],
    ['stops inside an insertion', '9\n9:abc'],
    ['stops inside a copy', '3\n3@0'],
    ['copies from beyond the source', '5\n5@~~,0;'],
    ['copies past the end of the source', 'G\nG@g,0;'],
    ['yields more than declared', '2\n3:abc0;'],
    ['yields less than declared', '4\n3:abc1XObC0;'],
    ['holds an unknown operator', '3\n3!abc0;'],
    ['holds a byte that is no digit', '3\n\u00e93:abc0;'],
    ['declares more than 32 bits', '4000000\n0;'],
    ['declares 4 GiB that no segment yields', '3~~~~~\n3:abc0;'],
    ['copies more than 32 bits', '3\n~~~~~~~~~~~~~~~~~~~~~@0,0;'],
  ] as const) {
    it(`refuses a delta that ${fault}`, () => {
      assert.throws(
        () => applyDelta(SOURCE, bytes(delta)),
        (error) => error instanceof EngineError && error.code === 'delta-malformed',
      );
    });
  }

  it('either applies a damaged delta or refuses it by name, and is never stuck', () => {
    let refused = 0;
    forSeeds(3000, (seeded) => {
      const source = seeded.sourceText(12);
      const delta = seeded.mutated(createDelta(source, seeded.mutated(source, 2)), 1 + seeded.below(3));
      try {
        assert.equal(applyDelta(source, delta).length, deltaTargetSize(delta));
      } catch (error) {
        assert.ok(error instanceof EngineError && error.code === 'delta-malformed', String(error));
        refused++;
      }
    });
    assert.ok(refused > 1000, `only ${refused} refused`);
  });
});
