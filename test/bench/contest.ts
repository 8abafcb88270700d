import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { measure, medianOf, type Figure, type Measurement } from './measure';

/** A command, whose whole process is measured, or work that measures itself. */
export type Contender = readonly string[] | (() => Promise<Measurement>);

/** One piece of work, done by us and by `fossil` in turn: whole processes, durable at their end. */
export interface Contest {
  title: string;
  /** The ratio that is asked for, where one is. */
  goal?: number;
  ours: Contender;
  theirs: Contender;
  /** Files made by them, removed before every run. */
  makes?: readonly string[];
  /** Files that they rewrite: a fresh copy of `original` before every run. */
  rewrites?: readonly { original: string; copies: readonly string[] }[];
}

export const COLUMNS = ['work', 'trilobite', 'fossil', 'ratio', 'goal', 'processor', 'peak memory', 'round trips'];

/** Runs both sides in turn. @returns a row of medians for {@link COLUMNS} */
export async function compete(contest: Contest, directory: string, runs: number): Promise<string[]> {
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let round = 0; round < runs; round++) {
    await prepare(contest, directory);
    ours.push(await runOf(contest.ours, directory));
    theirs.push(await runOf(contest.theirs, directory));
  }
  await clear(contest, directory);
  const [mine, yours] = [medianOf(ours, 'seconds'), medianOf(theirs, 'seconds')];
  const both = (figure: Figure, unit: (value: number) => string): string =>
    [ours, theirs].map((side) => unit(medianOf(side, figure))).join(' / ');
  return [
    contest.title,
    `${mine.toFixed(2)} s`,
    `${yours.toFixed(2)} s`,
    `${(mine / yours).toFixed(2)} ×`,
    contest.goal === undefined ? '' : `≤ ${contest.goal.toFixed(1)} ×`,
    both('processorSeconds', (seconds) => `${seconds.toFixed(1)} s`),
    both('kilobytes', (kilobytes) => `${Math.round(kilobytes / 1024)} MB`),
    [ours, theirs].map((side) => roundTripsOf(side.at(-1))).join(' / '),
  ];
}

function runOf(contender: Contender, directory: string): Promise<Measurement> {
  return typeof contender === 'function' ? contender() : measure(contender, directory);
}

/** What a program tells of them at its end, where there were any. */
function roundTripsOf(run: Measurement | undefined): string {
  const [, ours, theirs] = /.*(?:^|\D)(?:(\d+) round trips?|Round-trips: (\d+))/s.exec(run?.output ?? '') ?? [];
  return ours ?? theirs ?? '-';
}

async function prepare(contest: Contest, directory: string): Promise<void> {
  await clear(contest, directory);
  for (const { original, copy } of copiesOf(contest)) {
    const file = path.join(directory, copy);
    await fs.copyFile(original, file);
    await fs.chmod(file, 0o644);
    // What was copied is on the disk before the clock starts: nobody waits for it.
    const handle = await fs.open(file);
    await handle.sync();
    await handle.close();
  }
}

async function clear(contest: Contest, directory: string): Promise<void> {
  for (const name of [...(contest.makes ?? []), ...copiesOf(contest).map(({ copy }) => copy)]) {
    await fs.rm(path.join(directory, name), { force: true });
  }
}

function copiesOf({ rewrites = [] }: Contest): { original: string; copy: string }[] {
  return rewrites.flatMap(({ original, copies }) => copies.map((copy) => ({ original, copy })));
}
