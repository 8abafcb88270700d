import type { Clock } from '../platform/clock';
import type { Progress, ProgressListener, ProgressPhase } from '../progress';
import { timeLeft } from '../time-left';

/** Reports no closer together than this, unless the bar has moved visibly or a total can be told for the first time. */
const INTERVAL_MS = 100;
const VISIBLE_STEP = 0.02;
const RATE_WINDOW_MS = 5000;
const CEILING = 0.99;

type State = Omit<Progress, 'fraction' | 'rate' | 'eta'>;

/**
 * Turns what an operation knows of itself into reports: the fraction never falls and stays at 0.99 until `finish`, reports are
 * throttled, rate and remaining time are derived.
 */
export class ProgressMeter {
  readonly #clock: Clock;
  readonly #listener: ProgressListener | undefined;
  readonly #begin: number;
  #state: State = { phase: 'connect', artifacts: { done: 0 }, bytes: { done: 0 }, roundTrips: 0 };
  #fraction = 0;
  #reported = { at: Number.NEGATIVE_INFINITY, fraction: -1, phase: '', hasEstimate: false };
  #samples: { at: number; bytes: number }[] = [];

  constructor(clock: Clock, listener: ProgressListener | undefined) {
    this.#clock = clock;
    this.#listener = listener;
    this.#begin = clock.now();
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  /** @param fraction - share of the whole operation; a smaller one than before is ignored */
  update(change: Partial<State>, fraction: number): void {
    this.#state = { ...this.#state, ...change };
    this.#fraction = Math.max(this.#fraction, Math.min(fraction, CEILING));
    const now = this.#clock.now();
    const isDue =
      now - this.#reported.at >= INTERVAL_MS ||
      this.#fraction - this.#reported.fraction >= VISIBLE_STEP ||
      this.#state.phase !== this.#reported.phase ||
      (this.#state.estimate !== undefined && !this.#reported.hasEstimate);
    if (isDue) this.#report(now);
  }

  /** All is done: the last report, with the true numbers. */
  finish(phase: ProgressPhase, artifacts: number): void {
    const { bytes } = this.#state;
    this.#state = {
      ...this.#state,
      phase,
      artifacts: { done: artifacts, total: artifacts },
      bytes: { done: bytes.done, total: bytes.done },
      estimate: { low: bytes.done, high: bytes.done, basis: 'exact' },
    };
    this.#fraction = 1;
    this.#report(this.#clock.now());
  }

  #report(now: number): void {
    const { phase, estimate } = this.#state;
    this.#reported = { at: now, fraction: this.#fraction, phase, hasEstimate: estimate !== undefined };
    this.#samples = this.#samples.filter((sample) => now - sample.at <= RATE_WINDOW_MS);
    this.#samples.push({ at: now, bytes: this.#state.bytes.done });
    this.#listener?.({
      ...this.#state,
      fraction: this.#fraction,
      rate: this.#rate(now),
      ...timeLeft(now - this.#begin, this.#fraction),
    });
  }

  #rate(now: number): number {
    const first = this.#samples[0];
    if (!first || now <= first.at) return 0;
    return ((this.#state.bytes.done - first.bytes) * 1000) / (now - first.at);
  }
}
