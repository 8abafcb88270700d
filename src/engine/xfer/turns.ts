import type { Clock } from '../platform/clock';

/** Work between whose steps others may have their turn. */
export type Steps<Result> = Generator<void, Result, void>;

/** Does the work at once. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does the work, and lets others have their turn between its steps. */
export async function inTurns<Result>(steps: Steps<Result>, clock: Clock): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await clock.yield();
  }
}
