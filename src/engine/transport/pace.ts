/** Bytes a second: far below any line that is of use, and above what only keeps somebody waiting. */
const SLOWEST = 100;

/** Tells a reply that comes slowly from one that drips, so that no server can keep a client for ever. */
export class Pace {
  readonly #begin = performance.now();

  /** @param graceMs - time that it has besides what its bytes allow */
  constructor(private readonly graceMs: number) {}

  /** @param bytes - that have come so far */
  isTooSlow(bytes: number): boolean {
    return performance.now() - this.#begin > this.graceMs + (1000 * bytes) / SLOWEST;
  }
}
