import type { Progress, ProgressListener, ProgressPhase } from '../progress';

/** Reports a phase that goes through files, as one stretch of the whole operation. */
export class FileProgress {
  readonly #listener: ProgressListener | undefined;
  readonly #phase: ProgressPhase;
  readonly #total: { files: number; bytes: number };
  readonly #stretch: { from: number; to: number };
  #files = 0;
  #bytes = 0;

  /** @param stretch - shares of the operation, 0 to 0.99, at which the phase begins and ends */
  constructor(
    listener: ProgressListener | undefined,
    phase: ProgressPhase,
    total: { files: number; bytes: number },
    stretch: { from: number; to: number } = { from: 0, to: 0.99 },
  ) {
    this.#listener = listener;
    this.#phase = phase;
    this.#total = total;
    this.#stretch = stretch;
  }

  /** One more file is done. @param bytes - its size */
  advance(bytes: number): void {
    this.#files++;
    this.#bytes += bytes;
    this.report();
  }

  report(): void {
    if (this.#listener === undefined) return;
    const share = this.#total.files === 0 ? 1 : Math.min(1, this.#files / this.#total.files);
    const progress: Progress = {
      phase: this.#phase,
      fraction: this.#stretch.from + share * (this.#stretch.to - this.#stretch.from),
      artifacts: { done: this.#files, total: this.#total.files },
      bytes: { done: this.#bytes, total: this.#total.bytes },
      roundTrips: 0,
      rate: 0,
    };
    this.#listener(progress);
  }
}
