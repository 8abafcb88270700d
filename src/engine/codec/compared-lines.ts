import { bytesOfText } from './byte-text';
import { lineHash } from './line-hash';
import { type LineComparison, lineKey } from './line-key';

export interface LinesOptions extends LineComparison {
  /** Whether the last line has a line feed makes no difference. */
  ignoresLineFeed?: boolean;
}

/** The lines of one side, by numbers: what the comparison asks of them. */
export interface SideLines {
  /** Equal numbers: equal lines. */
  keys: Int32Array;
  /** Numbers of the lines without white space at their ends. */
  trimmed: Int32Array;
  /** Bytes of each line without its line feed. */
  lengths: Int32Array;
  hash: (line: number) => bigint;
}

/** Numbers the lines of both sides of a comparison. */
export class LineNumbering {
  readonly #options: LinesOptions;
  readonly #keyOf: (line: string) => string;
  readonly #keys = new Map<string, number>();
  readonly #trimmed = new Map<string, number>();
  /** Of each trimmed text whether it has more than one character. */
  readonly #isLong: boolean[] = [];
  readonly #hashes = new Map<string, bigint>();

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#keyOf = lineKey(options);
  }

  side(lines: readonly string[]): SideLines {
    const keys = new Int32Array(lines.length);
    const trimmed = new Int32Array(lines.length);
    const lengths = new Int32Array(lines.length);
    const { ignoresLineFeed, ignoresTrailingCr } = this.#options;
    for (const [at, line] of lines.entries()) {
      const text = line.endsWith('\n') ? line.slice(0, -1) : line;
      keys[at] = numberOf(this.#keys, this.#keyOf(ignoresLineFeed === true ? text : line));
      const bare = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
      const number = numberOf(this.#trimmed, bare);
      this.#isLong[number] = lengthOf(bare) > 1;
      trimmed[at] = number;
      lengths[at] = lengthOf(ignoresTrailingCr === true ? text.replace(/\r$/, '') : text);
    }
    return { keys, trimmed, lengths, hash: (at) => this.#hashOf(lines[at] ?? '') };
  }

  /** @returns whether a line of this trimmed text is more than a bracket */
  isLong(trimmed: number): boolean {
    return this.#isLong[trimmed] === true;
  }

  #hashOf(line: string): bigint {
    const key = this.#keyOf(line.endsWith('\n') ? line.slice(0, -1) : line);
    let hash = this.#hashes.get(key);
    if (hash === undefined) {
      hash = lineHash(key, this.#options.ignores === 'all-space');
      this.#hashes.set(key, hash);
    }
    return hash;
  }
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text) ?? numbers.size;
  numbers.set(text, known);
  return known;
}

function lengthOf(text: string): number {
  // Most lines are ASCII.
  return /^[\0-\x7f]*$/.test(text) ? text.length : bytesOfText(text).length;
}
