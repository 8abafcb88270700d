/** Time, handed in so that a simulation can own it. */
export interface Clock {
  /** @returns milliseconds since 1970-01-01 UTC */
  now(): number;
  /** Resolves after `milliseconds`, or as soon as the signal fires (without throwing). */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Lets other work of this thread run: pending requests, a cancel. */
  yield(): Promise<void>;
}
