import { createHash } from 'node:crypto';

/** What has happened in a simulation, in order: the same seed makes the same trace. */
export class Trace {
  readonly #digest = createHash('sha256');
  readonly #listener: ((line: string) => void) | undefined;
  lines = 0;

  /** @param listener - hears of every line */
  constructor(listener?: (line: string) => void) {
    this.#listener = listener;
  }

  note(time: number, line: string): void {
    const whole = `${String(time).padStart(9)} ${line}`;
    this.#digest.update(`${whole}\n`);
    this.lines++;
    this.#listener?.(whole);
  }

  /** Of all lines so far, 16 hexadecimal digits. */
  hash(): string {
    return this.#digest.copy().digest('hex').slice(0, 16);
  }
}
