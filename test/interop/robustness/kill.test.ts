import { KillSuite, PHASES } from '../../kill/kill-suite';
import { drivers } from '../checkout/fossil-fixture';

/** `npm run kill` does it more often, in a larger project. */
const [MOMENTS, CHECKINS] = [2, 20];

describe(`The engine killed with the ${drivers[0] ?? 'portable'} driver`, function () {
  this.timeout(120_000);
  let suite: KillSuite;
  before(async () => (suite = await KillSuite.create(drivers[0] ?? 'portable', CHECKINS)));
  after(() => suite.remove());

  for (const phase of PHASES) {
    it(`${MOMENTS} times in ${phase} leaves what fossil accepts, and loses nothing that it acknowledged`, async () => {
      for (let seed = 1; seed <= MOMENTS; seed++) await suite.killOnce(phase, seed);
    });
  }
});
