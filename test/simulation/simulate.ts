import type { FaultSite } from '../../src/engine/platform/faults';
import { Seeded } from '../support/seeded';
import type { Materials } from './materials';
import type { SeedReport } from './run-report';
import type { Lie } from './seen-forger';
import { Trace } from './trace';
import type { InvariantName } from './violation';
import { World } from './world';

/** One simulation from beginning to end. */
export interface Simulation {
  seed: number;
  /** Of everything that happened. */
  traceHash: string;
  events: number;
  /** Fault sites, how often each was passed and struck. */
  passed: ReadonlyMap<FaultSite, number>;
  struck: ReadonlyMap<FaultSite, number>;
  /** What the network has lied about, and how often. */
  told: ReadonlyMap<Lie, number>;
  /** Invariants, how often each was looked at. */
  looked: ReadonlyMap<InvariantName, number>;
  /** What must never be and was. */
  failure: Error | undefined;
}

/** @param listener - hears of every event */
export async function simulate(
  seed: number,
  materials: Materials,
  listener?: (line: string) => void,
): Promise<Simulation> {
  const trace = new Trace(listener);
  const world = new World(new Seeded(seed), materials, trace);
  let failure: Error | undefined;
  try {
    await world.live();
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  const { passed, struck } = world.faults;
  const { told } = world.seenForger;
  const { looked } = world.invariants;
  return { seed, traceHash: trace.hash(), events: trace.lines, passed, struck, told, looked, failure };
}

/** As it is told to another process. */
export function reportOf({ seed, traceHash, events, struck, passed, told, looked, failure }: Simulation): SeedReport {
  return {
    ...{ seed, traceHash, events, failure: failure?.message },
    ...{ struck: [...struck], passed: [...passed], told: [...told], looked: [...looked] },
  };
}
