import assert from 'node:assert/strict';
import { type Materials, prepareMaterials } from './materials';
import { failureText } from './run-report';
import { reportOf, simulate } from './simulate';

/** `npm run simulate` does it more often. */
const SEEDS = 25;

describe('Simulated machines on a network that fails', function () {
  this.timeout(120_000);
  let materials: Materials;
  before(async () => (materials = await prepareMaterials()));

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`keep every promise with seed ${seed}`, async () => {
      const report = reportOf(await simulate(seed, materials));
      if (report.failure !== undefined) assert.fail(failureText(report));
    });
  }

  it('do the same again with the same seed, and something else with another', async () => {
    const hashes = [];
    for (const seed of [7, 7, 8]) hashes.push((await simulate(seed, materials)).traceHash);
    assert.equal(hashes[0], hashes[1]);
    assert.notEqual(hashes[0], hashes[2]);
  });
});
