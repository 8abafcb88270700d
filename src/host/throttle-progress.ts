import type { Progress, ProgressListener } from '../engine/progress';

/** Shortest time between two reports, in milliseconds: ten a second look smooth and cost nothing. */
const reportInterval = 100;

/**
 * Passes on at most one report in `reportInterval`; what comes in between is dropped, except a new phase and the end, so that the
 * last report always arrives.
 *
 * @param now - milliseconds of a clock that never goes back
 */
export function throttleProgress(listener: ProgressListener, now: () => number): ProgressListener {
  let last: { phase: Progress['phase']; at: number } | undefined;
  return (progress) => {
    const at = now();
    const isDue = last === undefined || at - last.at >= reportInterval;
    if (!isDue && last?.phase === progress.phase && progress.fraction < 1) return;
    last = { phase: progress.phase, at };
    listener(progress);
  };
}
