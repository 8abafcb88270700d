import assert from 'node:assert/strict';
import { applyDelta } from '../../../src/engine/codec/delta-apply';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { Seeded } from '../../support/seeded';

const PAIRS = 250;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/** Text and binary, from nothing to 100 kB, from equal to unrelated. */
function pairOf(seed: number): [Uint8Array, Uint8Array] {
  const seeded = new Seeded(seed);
  const size = seeded.pick([1, 20, 300, 3000]);
  const source = seeded.below(3) === 0 ? seeded.bytes(seeded.below(size * 30)) : seeded.sourceText(seeded.below(size));
  if (seeded.below(10) === 0) return [source, seeded.sourceText(seeded.below(size))];
  if (seeded.below(15) === 0)
    return [new Uint8Array(size * 20).fill(seeded.below(2)), new Uint8Array(size * 10).fill(0)];
  return [source, seeded.mutated(source, seeded.below(9))];
}

describe('deltas and fossil', () => {
  let sandbox: FossilSandbox;
  const pairs = Array.from({ length: PAIRS }, (_, seed) => pairOf(seed));

  before(async () => {
    sandbox = await FossilSandbox.create();
    await sandbox.fossil(['new', 'r.fossil']);
  });

  after(() => sandbox.remove());

  it('are the same bytes for the same pair of contents', async () => {
    const queries = pairs.map(([source, target]) => `SELECT hex(delta_create(X'${hex(source)}',X'${hex(target)}'));`);
    const theirs = await sandbox.sql('r.fossil', queries.join('\n'));
    pairs.forEach(([source, target], seed) => {
      assert.equal(hex(createDelta(source, target)), theirs[seed], `seed ${seed}`);
    });
  });

  it('of ours are applied by fossil', async () => {
    const queries = pairs.map(
      ([source, target]) => `SELECT hex(delta_apply(X'${hex(source)}',X'${hex(createDelta(source, target))}'));`,
    );
    const theirs = await sandbox.sql('r.fossil', queries.join('\n'));
    pairs.forEach(([, target], seed) => assert.equal(theirs[seed], hex(target), `seed ${seed}`));
  });

  it('of fossil are applied by us', async () => {
    const queries = pairs.map(([source, target]) => `SELECT hex(delta_create(X'${hex(target)}',X'${hex(source)}'));`);
    const theirs = await sandbox.sql('r.fossil', queries.join('\n'));
    pairs.forEach(([source, target], seed) => {
      assert.deepEqual(applyDelta(target, Buffer.from(theirs[seed] ?? '', 'hex')), source, `seed ${seed}`);
    });
  });
});
