import type { Progress } from '../../src/engine/progress';

/** Shares of a transfer at which its prediction is compared with the truth. */
const SHARES = [0, 0.1, 0.25, 0.5];

/** What a transfer said of its total while it ran. */
export class EstimateRecord {
  readonly #reports: { done: number; low: number; high: number }[] = [];

  /** Only until all bytes have travelled: what follows knows the truth. */
  add({ phase, bytes, estimate }: Progress): void {
    if (estimate === undefined || !['connect', 'receive', 'send'].includes(phase)) return;
    this.#reports.push({ done: bytes.done, low: estimate.low, high: estimate.high });
  }

  /** @param truth - bytes that travelled. @throws Error where nothing was said of the total */
  compare(truth: number): EstimateFigures {
    const errors = SHARES.map((share) => {
      const report = this.#reports.find(({ done }) => done >= share * truth);
      return report === undefined ? undefined : (report.low + report.high) / 2 / truth - 1;
    });
    const ratios = this.#reports.map(({ low, high }) => (high - low) / Math.max(1, low));
    return {
      truth,
      errors,
      // What is exact to a thousandth holds the truth.
      held: this.#reports.filter(({ low, high }) => low <= truth * 1.001 && high >= truth * 0.999).length,
      ranges: this.#reports.length,
      widest: Math.max(...ratios),
    };
  }
}

/** How a prediction compares with the truth. */
export interface EstimateFigures {
  /** Bytes. */
  truth: number;
  /** At each share, as shares of the truth; undefined where nothing was said any more. */
  errors: (number | undefined)[];
  /** Ranges that held the truth, and all of them. */
  held: number;
  ranges: number;
  /** The widest range, as a multiple of its low end. */
  widest: number;
}

export function rowOf({ truth, errors, held, ranges, widest }: EstimateFigures): string[] {
  const cells = errors.map((error) => (error === undefined ? 'none' : percent(error)));
  return [truth.toLocaleString('en-US'), ...cells, `${held} of ${ranges}`, `${widest.toFixed(1)} ×`];
}

/**
 * What all transfers come to.
 * @param goals - errors that are allowed at each share
 */
export function summaryOf(all: readonly (EstimateFigures & { goals: readonly number[] })[]): string {
  const held = all.reduce((sum, figures) => sum + figures.held, 0);
  const ranges = all.reduce((sum, figures) => sum + figures.ranges, 0);
  const good = SHARES.map((share, index) => {
    const within = all.filter(({ errors, goals }) => Math.abs(errors[index] ?? 0) <= (goals[index] ?? Infinity));
    return `${within.length} of ${all.length} at ${share * 100} %`;
  });
  const widest = Math.max(...all.map((figures) => figures.widest));
  return [
    `Ranges held ${held} of ${ranges} (${((100 * held) / Math.max(1, ranges)).toFixed(1)} %), the widest ${widest.toFixed(1)} × its low end.`,
    `Within the goals: ${good.join(', ')}.`,
  ].join('\n');
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
}
