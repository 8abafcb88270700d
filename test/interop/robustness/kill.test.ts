import { KillSuite, PHASES } from '../../kill/kill-suite';
import { drivers } from '../checkout/fossil-fixture';

const DRIVER = drivers[0] ?? 'portable';
/** `npm run kill` does it more often, in a larger project. The portable driver writes the whole file for each reply: once is enough here. */
const MOMENTS = DRIVER === 'portable' ? 1 : 2;
const CHECKINS = 20;

describe(`The engine killed with the ${DRIVER} driver`, function () {
  this.timeout(120_000);
  let suite: KillSuite;
  before(async () => (suite = await KillSuite.create(DRIVER, CHECKINS)));
  after(() => suite.remove());

  for (const phase of PHASES) {
    it(`${MOMENTS === 1 ? 'once' : `${MOMENTS} times`} in ${phase} leaves what fossil accepts, and loses nothing that it acknowledged`, async () => {
      for (let seed = 1; seed <= MOMENTS; seed++) await suite.killOnce(phase, seed);
    });
  }
});
