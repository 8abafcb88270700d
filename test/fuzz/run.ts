import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { fuzz } from './fuzz-target';
import { fuzzTargets } from './targets';

/**
 * `npm run fuzz -- --cases 1000000 --seed 1 [NAME…]`: tries every parser, or those whose names begin so, with that many inputs each and
 * prints counts. A failure names its seed, which alone is tried again by `--cases 1 --seed SEED`.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
    allowPositionals: true,
  });
  const cases = Number(values.cases);
  const firstSeed = Number(values.seed);
  const targets = (await fuzzTargets()).filter(
    ({ name }) => positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted)),
  );
  const watched = watchForHangs();
  for (const target of targets) {
    const { taken, milliseconds, slowest } = await fuzz(target, { cases, firstSeed, onCase: watched.note });
    console.log(
      `${target.name}: ${cases} cases from seed ${firstSeed}, ${taken} taken, ${cases - taken} refused, ` +
        `${(milliseconds / 1000).toFixed(1)} s; slowest ${slowest.milliseconds.toFixed(1)} ms (seed ${slowest.seed}). ` +
        `Memory: ${target.bound}.`,
    );
  }
  await watched.end();
}

/** A loop without end lets nothing else run in its thread: another one says at which seed it was, and ends the process. */
function watchForHangs(): { note: (seed: number) => void; end: () => Promise<unknown> } {
  const place = new Float64Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const { workerData: place } = require('node:worker_threads');
     let last = 0;
     setInterval(() => {
       if (place[0] === last && last !== 0) {
         process._rawDebug('The case of seed ' + last + ' does not end.');
         process.kill(process.pid, 'SIGKILL');
       }
       last = place[0];
     }, 60000);`,
    { eval: true, execArgv: [], workerData: place },
  );
  worker.unref();
  return { note: (seed) => (place[0] = seed), end: () => worker.terminate() };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
