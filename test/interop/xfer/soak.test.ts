import assert from 'node:assert/strict';
import { soak } from '../../soak/soak';
import { drivers } from '../checkout/fossil-fixture';

/** `npm run soak` does it longer. */
const ROUNDS = 10;
const SEED = 3;

describe(`Stock clients and ours, with the ${drivers[0] ?? 'portable'} driver, through a stock server and ours`, function () {
  this.timeout(180_000);

  it(`have the same artifacts in the end, however often connections were cut (seed ${SEED})`, async () => {
    const { artifacts, cuts, commits } = await soak({ rounds: ROUNDS, seed: SEED, driver: drivers[0] ?? 'portable' });
    assert.ok(artifacts > 20, String(artifacts));
    assert.ok(cuts > 0 && commits.stock > 0 && commits.ours > 0, JSON.stringify({ cuts, commits }));
  });
});
