import { type InvariantName, INVARIANTS, Violation } from './violation';

/** Ends a simulation in which something does not hold, and counts how often it was looked at: what nobody looks at holds nothing. */
export class Invariants {
  readonly looked = new Map<InvariantName, number>(INVARIANTS.map((name) => [name, 0]));

  /** @throws Violation */
  require(name: InvariantName, holds: boolean, what: () => string): void {
    this.looked.set(name, (this.looked.get(name) ?? 0) + 1);
    if (!holds) throw new Violation(name, what());
  }
}
