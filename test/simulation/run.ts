import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { FAULT_SITES, type FaultSite } from '../../src/engine/platform/faults';
import { prepareMaterials } from './materials';
import { simulate } from './simulate';

/** What a lane tells about one seed. */
interface Report {
  seed: number;
  traceHash: string;
  events: number;
  struck: [FaultSite, number][];
  passed: [FaultSite, number][];
  failure: string | undefined;
}

/** Processes that simulate at once. */
const LANES = 2;
/** A fault site that strikes less often in a run is not tested. */
const FEWEST_STRIKES = 5;
/** From so many seeds on every site must have struck. */
const WHOLE_RUN = 1000;
const FAILURES_SHOWN = 10;

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
  else summarize(await runLanes(first, seeds), seeds);
}

async function runLane(first: number, end: number, step: number, report: (report: Report) => void): Promise<void> {
  const materials = await prepareMaterials();
  for (let seed = first; seed < end; seed += step) {
    const { traceHash, events, struck, passed, failure } = await simulate(seed, materials);
    report({ seed, traceHash, events, struck: [...struck], passed: [...passed], failure: failure?.message });
  }
}

function reportToParent(report: Report): void {
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

async function runLanes(first: number, seeds: number): Promise<Report[]> {
  const reports: Report[] = [];
  const lanes = Array.from({ length: LANES }, (_, lane) => startLane(lane, first, seeds, (one) => reports.push(one)));
  await Promise.all(lanes);
  return reports.sort((one, other) => one.seed - other.seed);
}

function startLane(lane: number, first: number, seeds: number, onReport: (report: Report) => void): Promise<void> {
  const args = ['--lane', String(lane), '--first', String(first), '--seeds', String(seeds)];
  const child = fork(__filename, args, { execArgv: ['--require', 'tsx/cjs'] });
  child.on('message', (message) => {
    const report = message as Report;
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

function failureText({ seed, failure }: Report): string {
  return `seed ${seed} fails: ${failure ?? ''}\n  npm run simulate -- --first ${seed} --seeds 1 --trace`;
}

function summarize(reports: readonly Report[], seeds: number): void {
  console.log('fault site                passed   struck');
  const tooFew: string[] = [];
  for (const site of FAULT_SITES) {
    const [passed, struck] = [total(reports, 'passed', site), total(reports, 'struck', site)];
    console.log(`${site.padEnd(24)} ${String(passed).padStart(7)} ${String(struck).padStart(8)}`);
    if (struck < FEWEST_STRIKES) tooFew.push(site);
  }
  const failures = reports.filter(({ failure }) => failure !== undefined);
  const missing = seeds - reports.length;
  const isUntested = seeds >= WHOLE_RUN && tooFew.length > 0;
  if (isUntested) console.log(`Struck less than ${FEWEST_STRIKES} times: ${tooFew.join(', ')}`);
  const events = reports.reduce((sum, report) => sum + report.events, 0);
  console.log(
    failures.length === 0 && missing === 0
      ? `${seeds} simulations, ${events} events: every promise kept`
      : `${failures.length} of ${seeds} simulations broke a promise: seeds ${failures
          .slice(0, FAILURES_SHOWN)
          .map(({ seed }) => seed)
          .join(', ')}`,
  );
  if (failures.length > 0 || missing > 0 || isUntested) process.exitCode = 1;
}

function total(reports: readonly Report[], counts: 'passed' | 'struck', site: FaultSite): number {
  return reports.reduce((sum, report) => sum + (new Map(report[counts]).get(site) ?? 0), 0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
