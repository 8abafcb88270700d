import { FAULT_SITES, type FaultSite } from '../../src/engine/platform/faults';
import { type Lie, LIES } from './seen-forger';
import { type InvariantName, INVARIANTS } from './violation';

/** What is told about one seed. */
export interface SeedReport {
  seed: number;
  traceHash: string;
  events: number;
  struck: [FaultSite, number][];
  passed: [FaultSite, number][];
  told: [Lie, number][];
  looked: [InvariantName, number][];
  failure: string | undefined;
}

/** A fault site that strikes less often in a run is not tested; nor is a lie. */
const FEWEST_STRIKES = 5;
/** From so many seeds on every site must have struck, every lie been told, and every invariant have been looked at. */
const WHOLE_RUN = 1000;
const FAILURES_SHOWN = 10;

/** How to see a seed fail again. */
export function failureText({ seed, failure }: SeedReport): string {
  return `seed ${seed} fails: ${failure ?? ''}\n  npm run simulate -- --first ${seed} --seeds 1 --trace`;
}

/**
 * What a run has shown: how often each fault site was passed and struck, how often the network lied, and in one line what held.
 * @param seeds - how many there should be
 */
export function runReport(reports: readonly SeedReport[], seeds: number): { lines: string[]; isGood: boolean } {
  const struck = totals(FAULT_SITES, reports, ({ struck: counts }) => counts);
  const passed = totals(FAULT_SITES, reports, ({ passed: counts }) => counts);
  const told = totals(LIES, reports, ({ told: counts }) => counts);
  const looked = totals(INVARIANTS, reports, ({ looked: counts }) => counts);
  const row = (site: string, ...counts: unknown[]): string =>
    site.padEnd(24) + counts.map((count) => String(count).padStart(9)).join('');
  const lines = [
    row('fault site', 'passed', 'struck'),
    ...FAULT_SITES.map((site) => row(site, passed.get(site), struck.get(site))),
    row('lie of the network', 'told'),
    ...LIES.map((lie) => row(lie, told.get(lie))),
  ];
  const isWhole = seeds >= WHOLE_RUN;
  const untested = [
    ...FAULT_SITES.filter((site) => isWhole && (struck.get(site) ?? 0) < FEWEST_STRIKES),
    ...LIES.filter((lie) => isWhole && (told.get(lie) ?? 0) < FEWEST_STRIKES),
    ...INVARIANTS.filter((name) => isWhole && looked.get(name) === 0),
  ];
  if (untested.length > 0) lines.push(`Not tested often enough: ${untested.join(', ')}`);
  const failures = reports.filter(({ failure }) => failure !== undefined);
  const missing = seeds - reports.length;
  if (missing > 0) lines.push(`${missing} of ${seeds} simulations did not end.`);
  const events = reports.reduce((sum, report) => sum + report.events, 0);
  const held = INVARIANTS.map((name) => `${name} (${looked.get(name)})`).join(', ');
  lines.push(
    failures.length === 0
      ? `${reports.length} simulations, ${events} events, held: ${held}`
      : `${failures.length} of ${seeds} simulations broke a promise: seeds ${failures
          .slice(0, FAILURES_SHOWN)
          .map(({ seed }) => seed)
          .join(', ')}`,
  );
  return { lines, isGood: failures.length === 0 && missing === 0 && untested.length === 0 };
}

function totals<Name>(
  names: readonly Name[],
  reports: readonly SeedReport[],
  countsOf: (report: SeedReport) => readonly [Name, number][],
): Map<Name, number> {
  const sums = new Map(names.map((name) => [name, 0]));
  for (const report of reports)
    for (const [name, count] of countsOf(report)) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}
