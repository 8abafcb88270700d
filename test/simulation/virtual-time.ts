import type { Clock } from '../../src/engine/platform/clock';
import type { Seeded } from '../support/seeded';

interface Alarm {
  time: number;
  order: number;
  ring: () => void;
}

/** Where every simulation begins: 2030-01-01 UTC, in Unix milliseconds. */
const START = 1_893_456_000_000;
/** Milliseconds that a slow machine takes until it looks at its clock. */
const SLOW_LOOKS = [0, 0, 40, 120];

/** The time of a simulated world. It stands still while anything can be done, but for what slow machines take, then jumps to the next alarm. */
export class VirtualTime {
  #now = START;
  #order = 0;
  #failure: Error | undefined;
  readonly #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  /** Somebody is busy for so long: whoever waits for an earlier moment is late. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Resolves after `milliseconds`; alarms of one moment ring in the order in which they were set. */
  after(milliseconds: number): Promise<void> {
    return new Promise((ring) => {
      const alarm = { time: this.#now + Math.max(0, milliseconds), order: this.#order++, ring };
      let place = this.#alarms.length;
      while (place > 0 && this.#alarms[place - 1]!.time > alarm.time) place--;
      this.#alarms.splice(place, 0, alarm);
    });
  }

  /** Ends the running simulation, from where nobody waits for what happens. */
  fail(failure: Error): void {
    this.#failure ??= failure;
  }

  /** Lets time pass until `work` has settled. @throws Error when everybody waits and no alarm is set */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settle = (): void => {
      state.isSettled = true;
    };
    work.then(settle, settle);
    for (;;) {
      await macrotask();
      if (this.#failure !== undefined) throw this.#failure;
      if (state.isSettled) return work;
      const next = this.#alarms.shift();
      if (next === undefined) throw new Error('Everybody in the simulation waits for somebody else.');
      this.#now = Math.max(this.#now, next.time);
      next.ring();
    }
  }
}

/** Resolves when no promise has anything left to do. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A machine's clock: it goes a little wrong, and looking at it takes time. */
export class MachineClock implements Clock {
  readonly #time: VirtualTime;
  readonly #seeded: Seeded;
  readonly #skew: number;
  readonly #isSlow: boolean;
  #last = 0;

  /**
   * @param options.skew - milliseconds by which it is ahead
   * @param options.isSlow - so much time passes from look to look that long work comes in short slices
   */
  constructor(time: VirtualTime, seeded: Seeded, { skew, isSlow }: { skew: number; isSlow: boolean }) {
    this.#time = time;
    this.#seeded = seeded;
    this.#skew = skew;
    this.#isSlow = isSlow;
  }

  now(): number {
    if (this.#isSlow) this.#time.pass(this.#seeded.pick(SLOW_LOOKS));
    this.#last = Math.max(this.#last + this.#seeded.pick([0, 0, 1, 15]), this.#time.now() + this.#skew);
    return this.#last;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    let stop: (() => void) | undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const wake = (): void => stop?.();
    signal?.addEventListener('abort', wake);
    await Promise.race([this.#time.after(milliseconds), stopped]);
    signal?.removeEventListener('abort', wake);
  }

  yield(): Promise<void> {
    return this.#time.after(0);
  }
}
