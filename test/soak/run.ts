import { parseArgs } from 'node:util';
import { createNativeDriver } from '../../src/engine/platform/sqlite-native';
import { soak } from './soak';

/** `npm run soak -- --rounds 60 --seed 1`: stock clients and ours, through a stock server and ours, on a network that cuts connections. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      driver: { type: 'string' },
    },
  });
  const driver = values.driver === 'portable' || createNativeDriver() === undefined ? 'portable' : 'native';
  const { artifacts, cuts, failures, commits } = await soak({
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    driver,
  });
  console.log(
    `${commits.stock} commits of fossil's and ${commits.ours} of ours, ${cuts} connections cut, ${failures} syncs failed: ` +
      `all eight repositories hold the same ${artifacts} artifacts and are sound`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
