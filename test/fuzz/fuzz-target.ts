import { setImmediate } from 'node:timers/promises';
import { EngineError } from '../../src/engine/errors';
import { Seeded } from '../support/seeded';

/** A parser and what must hold of it whatever it is given. */
export interface FuzzTarget {
  name: string;
  /** What is asserted of allocations, in words for the report. */
  bound: string;
  /**
   * Makes an input from the seed and gives it to the parser. Throws when a property does not hold.
   * @returns whether the parser took the input: a fuzzer whose every input is refused at once tests little
   */
  tryOne(seeded: Seeded): boolean | Promise<boolean>;
}

export interface FuzzReport {
  name: string;
  cases: number;
  taken: number;
  milliseconds: number;
  slowest: { seed: number; milliseconds: number };
}

/** Milliseconds that no input of a fuzzer, a few kilobytes long, may take; a machine under load stays far below. */
const LONGEST_CASE = 5000;

/** Cases between two turns of the event loop. */
const TURN = 1000;

/**
 * Runs the cases with the seeds from `firstSeed` on.
 * @param onCase - hears of each seed before its case runs
 * @throws Error naming the target and the seed of the first case that fails
 */
export async function fuzz(
  target: FuzzTarget,
  options: { cases: number; firstSeed: number; onCase?: (seed: number) => void },
): Promise<FuzzReport> {
  const start = performance.now();
  const report: FuzzReport = {
    name: target.name,
    cases: options.cases,
    taken: 0,
    milliseconds: 0,
    slowest: { seed: options.firstSeed, milliseconds: 0 },
  };
  for (let seed = options.firstSeed; seed < options.firstSeed + options.cases; seed++) {
    options.onCase?.(seed);
    // A zlib that has refused something is let go when the loop turns.
    if (seed % TURN === 0) await setImmediate();
    const begin = performance.now();
    try {
      if (await target.tryOne(new Seeded(seed))) report.taken++;
    } catch (error) {
      throw new Error(`${target.name}, seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    const milliseconds = performance.now() - begin;
    if (milliseconds > report.slowest.milliseconds) report.slowest = { seed, milliseconds };
  }
  report.milliseconds = performance.now() - start;
  if (report.slowest.milliseconds > LONGEST_CASE) {
    throw new Error(`${target.name}, seed ${report.slowest.seed}: took ${report.slowest.milliseconds} ms`);
  }
  return report;
}

/** @returns what `parse` returns, undefined when it refuses as it may; any other failure is thrown on */
export function unlessRefused<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof EngineError && error.code !== 'internal') return undefined;
    throw error;
  }
}
