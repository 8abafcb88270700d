import assert from 'node:assert/strict';
import { fuzz, type FuzzTarget } from '../../fuzz/fuzz-target';
import { fuzzTargets } from '../../fuzz/targets';

/** `npm run fuzz` tries as many as it is told. */
const CASES = 4000;

describe('Bytes of strangers', () => {
  let targets: FuzzTarget[];
  before(async () => (targets = await fuzzTargets()));

  for (const name of ['artifact', 'delta', 'container (node)', 'container (fflate)', 'cards']) {
    it(`are taken apart or refused: ${name}`, () => {
      const target = targets.find((each) => each.name === name) ?? assert.fail('no such target');
      const { taken } = fuzz(target, { cases: CASES, firstSeed: 1 });
      // An input that is always refused, or never, would test half of a parser at most.
      assert.ok(taken > CASES / 40 && taken < CASES, `${taken} of ${CASES} were taken`);
    });
  }

  it('stand for the failure with their seed', () => {
    const broken: FuzzTarget = { name: 'broken', bound: '', tryOne: (seeded) => seeded.seed < 7 || assert.fail('no') };
    assert.throws(() => fuzz(broken, { cases: 10, firstSeed: 1 }), /broken, seed 7: no/);
  });
});
