import { parseArgs } from 'node:util';
import { createNativeDriver } from '../../src/engine/platform/sqlite-native';
import { KillSuite, PHASES } from './kill-suite';
import { letTwoWrite } from './two-writers';

const CHECKINS = 60;

/**
 * `npm run kill -- --moments 200 --seed 1 [PHASE…]`: kills the engine that often, spread over all phases or these, and prints how often in which.
 * `npm run kill -- --writers 300`: our engine and `fossil commit` commit that often each, at the same time, in one repository.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      moments: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      driver: { type: 'string' },
      writers: { type: 'string' },
    },
    allowPositionals: true,
  });
  if (values.writers !== undefined) {
    const { waited, held, longestFossilCommit } = await letTwoWrite(Number(values.writers));
    console.log(
      `${values.writers} commits of each, nothing lost; our longest wait for the lock ${waited.toFixed(1)} ms, our longest hold ` +
        `${held.toFixed(1)} ms, the longest fossil commit ${longestFossilCommit.toFixed(0)} ms as a whole`,
    );
    return;
  }
  const driver = values.driver === 'portable' || createNativeDriver() === undefined ? 'portable' : 'native';
  const phases = PHASES.filter((phase) => positionals.length === 0 || positionals.includes(phase));
  const each = Math.ceil(Number(values.moments) / phases.length);
  const suite = await KillSuite.create(driver, CHECKINS);
  try {
    for (const phase of phases) {
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
