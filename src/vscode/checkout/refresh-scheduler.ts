/** The timer, as `setTimeout` gives it. @returns what calls it off */
export type Delay = (work: () => void, milliseconds: number) => () => void;

/** Changes that come within this time, in milliseconds, are one. */
const quiet = 250;
/** However busy the files are, the state is at most this old, in milliseconds. */
const patience = 2000;

/**
 * Turns a stream of change events into few refreshes: one after the files have been quiet, one at least every `patience`, never two
 * at once, and always one after the last event.
 */
export class RefreshScheduler {
  private cancelQuiet: (() => void) | undefined;
  private cancelPatience: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private isStale = false;
  private isDisposed = false;

  constructor(
    private readonly refresh: () => Promise<void>,
    private readonly delay: Delay,
  ) {}

  /** Something changed. */
  notice(): void {
    if (this.isDisposed) return;
    this.cancelQuiet?.();
    this.cancelQuiet = this.delay(() => void this.now(), quiet);
    this.cancelPatience ??= this.delay(() => void this.now(), patience);
  }

  /** Refreshes at once. @returns when the state is as new as this call */
  now(): Promise<void> {
    this.cancelTimers();
    if (this.isDisposed) return Promise.resolve();
    if (this.running === undefined) return this.run();
    this.isStale = true;
    return this.running.then(() => this.running ?? (this.isStale ? this.run() : undefined));
  }

  dispose(): void {
    this.isDisposed = true;
    this.cancelTimers();
  }

  private async run(): Promise<void> {
    this.isStale = false;
    this.running = this.refresh().finally(() => {
      this.running = undefined;
      if (this.isStale && !this.isDisposed) void this.run();
    });
    return this.running;
  }

  private cancelTimers(): void {
    this.cancelQuiet?.();
    this.cancelPatience?.();
    this.cancelQuiet = undefined;
    this.cancelPatience = undefined;
  }
}
