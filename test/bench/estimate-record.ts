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

  /** @param truth - bytes that travelled. @returns them, the errors at each share, how often ranges held the truth, the widest of them */
  row(truth: number): string[] {
    const errors = SHARES.map((share) => {
      const report = this.#reports.find(({ done }) => done >= share * truth);
      return report === undefined ? 'none' : percent((report.low + report.high) / 2 / truth - 1);
    });
    // What is exact to a thousandth holds the truth.
    const held = this.#reports.filter(({ low, high }) => low <= truth * 1.001 && high >= truth * 0.999).length;
    const widest = Math.max(...this.#reports.map(({ low, high }) => (high - low) / Math.max(1, low)));
    const count = this.#reports.length;
    return [truth.toLocaleString('en-US'), ...errors, `${held} of ${count}`, `${widest.toFixed(1)} ×`];
  }
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
}
