import assert from 'node:assert/strict';
import { applyDelta, deltaTargetSize } from '../../src/engine/codec/delta-apply';
import { createDelta } from '../../src/engine/codec/delta-create';
import { EngineError } from '../../src/engine/errors';
import type { Seeded } from '../support/seeded';
import { type FuzzTarget, unlessRefused } from './fuzz-target';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~';
/** More than any input here makes, so that the refusal beyond it is met as well. */
const LIMIT = 100_000;

export const deltaTarget: FuzzTarget = {
  name: 'delta',
  bound: 'one allocation of the size in the header, none above the limit, none for a delta that does not fit',
  tryOne(seeded) {
    const source = seeded.below(8) === 0 ? new Uint8Array(0) : seeded.sourceText(seeded.below(60));
    const isIntact = seeded.below(8) === 0;
    const wanted = seeded.mutated(source, seeded.below(5));
    const delta = isIntact ? createDelta(source, wanted) : damaged(seeded, source, wanted);
    const allocated: number[] = [];
    const target = unlessRefused(() =>
      applyDelta(
        source,
        delta,
        (size) => {
          allocated.push(size);
          return new Uint8Array(size).fill(0xaa);
        },
        LIMIT,
      ),
    );
    if (isIntact) assert.deepEqual(target, wanted, 'a delta does not give back what it was made of');
    if (target === undefined) {
      assert.deepEqual(allocated, [], 'allocated for a delta that was refused');
      return false;
    }
    assert.deepEqual(allocated, [target.length]);
    assert.ok(target.length <= LIMIT);
    assert.equal(target.length, deltaTargetSize(delta));
    assert.deepEqual(
      applyDelta(source, createDelta(source, target)),
      target,
      'a result cannot be made a delta of again',
    );
    return true;
  },
};

function damaged(seeded: Seeded, source: Uint8Array, wanted: Uint8Array): Uint8Array {
  switch (seeded.below(4)) {
    case 0:
      return segments(seeded, source.length);
    case 1:
      return seeded.bytes(seeded.below(40));
    case 2:
      return createDelta(seeded.sourceText(seeded.below(60)), wanted);
    default:
      return seeded.mutated(createDelta(source, wanted), 1);
  }
}

/** Segments that nearly fit, under a header that nearly tells their sum: lies about sizes are what matters here. */
function segments(seeded: Seeded, sourceLength: number): Uint8Array {
  let sum = 0;
  let body = '';
  for (let count = seeded.below(seeded.pick([2, 6, 200])); count > 0; count--) {
    const offset = seeded.below(sourceLength + 1);
    const length =
      seeded.below(40) === 0 ? seeded.pick([0, 2 ** 31, 2 ** 32 - 1]) : seeded.below(sourceLength - offset + 1);
    if (seeded.below(3) === 0) {
      body += `${integer(5)}:${'x'.repeat(seeded.below(30) === 0 ? 4 : 5)}`;
      sum += 5;
    } else {
      body += `${integer(length)}@${integer(offset)}${seeded.below(50) === 0 ? ';' : ','}`;
      sum += length;
    }
  }
  const claimed = seeded.below(6) === 0 ? seeded.pick([0, sum + 1, 2 ** 32 - 1, LIMIT + 1]) : sum;
  return Buffer.from(`${integer(claimed)}\n${body}${seeded.below(20) === 0 ? '' : `${integer(0)};`}`);
}

function integer(value: number): string {
  return (
    (value >= 64 ? integer(Math.floor(value / 64)) : '') +
    (DIGITS[value % 64] ?? assert.fail(new EngineError('internal', 'no digit')))
  );
}
