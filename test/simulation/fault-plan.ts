import { FAULT_SITES, type FaultSite } from '../../src/engine/platform/faults';
import type { Seeded } from '../support/seeded';

export type Fault = 'power lost' | 'disk full';

/** Of so many passages of a site, one is struck; those that are seldom passed are struck more often. */
const ODDS: Partial<Record<FaultSite, number>> = {
  'clone-to-rename': 8,
  'clone-renamed': 8,
  'clone-round-stored': 20,
  'clusters-made': 8,
  'delta-kept-dangling': 8,
  'plan-place-kept': 8,
  'plan-given-up': 4,
  'message-part-stored': 20,
  'checkin-lock-taken': 40,
  'unversioned-to-store': 80,
  'unversioned-stored': 80,
  'image-checked': 80,
};
const COMMON_ODDS = 150;

/** Decides what goes wrong at the fault sites, and counts. */
export class FaultPlan {
  readonly passed = new Map<FaultSite, number>(FAULT_SITES.map((site) => [site, 0]));
  readonly struck = new Map<FaultSite, number>(FAULT_SITES.map((site) => [site, 0]));
  readonly #seeded: Seeded;
  #isOn = false;

  constructor(seeded: Seeded) {
    this.#seeded = seeded;
  }

  at(site: FaultSite): Fault | undefined {
    if (!this.#isOn) return undefined;
    this.passed.set(site, (this.passed.get(site) ?? 0) + 1);
    if (this.#seeded.below(ODDS[site] ?? COMMON_ODDS) !== 0) return undefined;
    this.struck.set(site, (this.struck.get(site) ?? 0) + 1);
    return this.#seeded.below(5) === 0 ? 'disk full' : 'power lost';
  }

  begin(): void {
    this.#isOn = true;
  }

  /** From now on nothing goes wrong. */
  stop(): void {
    this.#isOn = false;
  }
}
