import { parseArgs } from 'node:util';
import { createNativeDriver } from '../../src/engine/platform/sqlite-native';
import { KillSuite, PHASES } from './kill-suite';

/** `npm run kill -- --moments 200 --seed 1`: kills the engine that often, spread over all phases, and prints how often in which. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      moments: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      driver: { type: 'string' },
    },
  });
  const driver = values.driver === 'portable' || createNativeDriver() === undefined ? 'portable' : 'native';
  const each = Math.ceil(Number(values.moments) / PHASES.length);
  const suite = await KillSuite.create(driver);
  try {
    for (const phase of PHASES) {
      for (let seed = Number(values.seed); seed < Number(values.seed) + each; seed++) await suite.killOnce(phase, seed);
      console.log(`${phase}: killed ${each} times with the ${driver} driver, nothing lost`);
    }
  } finally {
    await suite.remove();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
