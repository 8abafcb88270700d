import assert from 'node:assert/strict';
import { fuzz, type FuzzTarget } from '../../fuzz/fuzz-target';
import { fuzzTargets } from '../../fuzz/targets';

/** `npm run fuzz` tries as many as it is told. */
const CASES = 4000;

/** A session is some milliseconds, and a repository. */
const SESSIONS = 1000;

describe('Bytes of strangers', function () {
  this.timeout(300_000);
  let targets: FuzzTarget[];
  before(async () => (targets = await fuzzTargets()));

  for (const name of ['artifact', 'delta', 'container (node)', 'container (fflate)', 'cards']) {
    it(`are taken apart or refused: ${name}`, async () => {
      const target = targets.find((each) => each.name === name) ?? assert.fail('no such target');
      const { taken } = await fuzz(target, { cases: CASES, firstSeed: 1 });
      // An input that is always refused, or never, would test half of a parser at most.
      assert.ok(taken > CASES / 40 && taken < CASES, `${taken} of ${CASES} were taken`);
    });
  }

  for (const name of ['session-client', 'session-server']) {
    it(`leave the repository whole on either side of a session: ${name}`, async () => {
      const target = targets.find((each) => each.name === name) ?? assert.fail('no such target');
      const { taken } = await fuzz(target, { cases: SESSIONS, firstSeed: 1 });
      assert.ok(taken > SESSIONS / 40 && taken < SESSIONS, `${taken} of ${SESSIONS} were taken`);
    });
  }

  it('stand for the failure with their seed', async () => {
    const broken: FuzzTarget = { name: 'broken', bound: '', tryOne: (seeded) => seeded.seed < 7 || assert.fail('no') };
    await assert.rejects(fuzz(broken, { cases: 10, firstSeed: 1 }), /broken, seed 7: no/);
  });
});
