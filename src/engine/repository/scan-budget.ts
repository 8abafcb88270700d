/** Steps that the search for hyperlinks may take in one text: enough for any real one, and an end for one made to take for ever. */
const MOST_STEPS = 15_000_000;

/** Thrown when a text is not searched to its end. What was found until then stays. */
export class ScanExhausted extends Error {}

/** Bounds the work on one text: markup can be written so that every character makes its reader look at all the rest. */
export class ScanBudget {
  #left = MOST_STEPS;

  /** @throws ScanExhausted */
  spend(steps: number): void {
    this.#left -= steps + 1;
    if (this.#left < 0) throw new ScanExhausted();
  }
}
