import type { Progress, ProgressListener } from '../engine/progress';

/** Shortest time between two reports, in milliseconds: ten a second look smooth and cost nothing. */
const reportInterval = 100;

/**
 * Passes on at most one report in `reportInterval`, a new phase and the end at once. Of what comes in between, the last is passed on
 * when the interval is over, so that what is shown stays true while the work stalls.
 *
 * @param now - milliseconds of a clock that never goes back
 */
export function throttleProgress(listener: ProgressListener, now: () => number): ProgressListener {
  let last: { phase: Progress['phase']; at: number } | undefined;
  let waiting: { progress: Progress; timer: NodeJS.Timeout } | undefined;
  const pass = (progress: Progress): void => {
    clearTimeout(waiting?.timer);
    waiting = undefined;
    last = { phase: progress.phase, at: now() };
    listener(progress);
  };
  return (progress) => {
    const left = last === undefined ? 0 : last.at + reportInterval - now();
    if (left <= 0 || last?.phase !== progress.phase || progress.fraction >= 1) {
      pass(progress);
    } else if (waiting === undefined) {
      const timer = setTimeout(() => waiting !== undefined && pass(waiting.progress), left);
      timer.unref();
      waiting = { progress, timer };
    } else {
      waiting.progress = progress;
    }
  };
}
