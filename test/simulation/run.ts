import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { prepareMaterials } from './materials';
import { failureText, runReport, type SeedReport } from './run-report';
import { reportOf, simulate } from './simulate';

/** Processes that simulate at once. */
const LANES = 2;

/**
 * `npm run simulate -- --seeds 1000 --first 1`: that many simulations from that seed on. Ends with 1 when a promise was broken, or in a
 * whole run a fault site was not struck often enough. `--trace` prints every event.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      first: { type: 'string', default: '1' },
      trace: { type: 'boolean', default: false },
      lane: { type: 'string' },
    },
  });
  const first = Number(values.first);
  const seeds = Number(values.seeds);
  if (values.lane !== undefined) await runLane(first + Number(values.lane), first + seeds, LANES, reportToParent);
  else if (values.trace) await runTraced(first, first + seeds);
  else {
    const { lines, isGood } = runReport(await runLanes(first, seeds), seeds);
    console.log(lines.join('\n'));
    if (!isGood) process.exitCode = 1;
  }
}

async function runLane(first: number, end: number, step: number, report: (report: SeedReport) => void): Promise<void> {
  const materials = await prepareMaterials();
  for (let seed = first; seed < end; seed += step) {
    report(reportOf(await simulate(seed, materials)));
  }
}

function reportToParent(report: SeedReport): void {
  process.send?.(report);
}

async function runTraced(first: number, end: number): Promise<void> {
  const materials = await prepareMaterials();
  for (let seed = first; seed < end; seed++) {
    const { traceHash, failure } = await simulate(seed, materials, (line) => console.log(line));
    console.log(`seed ${seed}: ${traceHash} ${failure?.stack ?? 'every promise kept'}`);
    if (failure !== undefined) process.exitCode = 1;
  }
}

async function runLanes(first: number, seeds: number): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  const lanes = Array.from({ length: LANES }, (_, lane) => startLane(lane, first, seeds, (one) => reports.push(one)));
  await Promise.all(lanes);
  return reports.sort((one, other) => one.seed - other.seed);
}

function startLane(lane: number, first: number, seeds: number, onReport: (report: SeedReport) => void): Promise<void> {
  const args = ['--lane', String(lane), '--first', String(first), '--seeds', String(seeds)];
  const child = fork(__filename, args, { execArgv: ['--require', 'tsx/cjs'] });
  child.on('message', (message) => {
    const report = message as SeedReport;
    onReport(report);
    if (report.failure !== undefined) console.log(failureText(report));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`A lane of the simulation ended with ${String(code)}.`));
    });
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
