/** A seeded source of choices: the same seed makes the same run. */
export class Seeded {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** @returns an integer from 0 to `bound` - 1 */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  pick<T>(choices: ArrayLike<T>): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** @returns text of lines that repeat often, as source code does */
  sourceText(lines: number): Uint8Array {
    const words = ['const', 'return', 'await', 'value', 'schön', 'if (x) {', '}', 'import', '42', '\t'];
    const line = (): string => Array.from({ length: this.below(9) }, () => this.pick(words)).join(' ');
    return new TextEncoder().encode(Array.from({ length: lines }, () => `${line()}\n`).join(''));
  }

  /** @returns the bytes after `edits` insertions, removals, replacements and moves */
  mutated(bytes: Uint8Array, edits: number): Uint8Array {
    let result = Array.from(bytes);
    for (let i = 0; i < edits; i++) {
      const at = this.below(result.length + 1);
      const length = this.below(this.pick([2, 8, 60]));
      const piece =
        this.below(2) === 0
          ? Array.from(this.bytes(length))
          : result.slice(this.below(result.length + 1)).slice(0, length);
      const removed = this.pick([0, length, this.below(60)]);
      result = [...result.slice(0, at), ...piece, ...result.slice(at + removed)];
    }
    return Uint8Array.from(result);
  }
}

/** Runs `body` once for each of `count` seeds; a failure names its seed. */
export function forSeeds(count: number, body: (seeded: Seeded) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      body(new Seeded(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}
