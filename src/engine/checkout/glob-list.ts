/**
 * A list of globs as Fossil's settings hold it: separated by commas or white space, items may be quoted (fossil.md 8.4). A glob
 * follows SQLite's GLOB: case counts, `*` and `?` also match `/`, `[...]` is a set and `[^...]` its complement.
 */
export class GlobList {
  readonly #globs: RegExp[];

  constructor(text: string) {
    this.#globs = splitGlobs(text).flatMap((glob) => globToExpression(glob) ?? []);
  }

  get isEmpty(): boolean {
    return this.#globs.length === 0;
  }

  /** @returns whether one of the globs matches the whole of `path` */
  matches(path: string): boolean {
    return this.#globs.some((glob) => glob.test(path));
  }
}

/** @returns the items of a glob list, without their quotes */
export function splitGlobs(text: string): string[] {
  const globs: string[] = [];
  for (const match of text.matchAll(/'([^']*)'?|"([^"]*)"?|([^\s,]+)/g)) {
    const glob = match[1] ?? match[2] ?? match[3] ?? '';
    if (glob !== '') globs.push(glob);
  }
  return globs;
}

/** @returns undefined for a glob that can match nothing, such as one with an unclosed set */
function globToExpression(glob: string): RegExp | undefined {
  let expression = '';
  const characters = Array.from(glob);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') expression += '.*';
    else if (character === '?') expression += '.';
    else if (character === '[') {
      const set = readSet(characters, at);
      if (set === undefined) return undefined;
      expression += set.expression;
      at = set.end;
    } else expression += escaped(character);
  }
  return new RegExp(`^${expression}$`, 'su');
}

/** Reads the set that opens at `start`; a `]` right after the opening stands for itself. */
function readSet(characters: readonly string[], start: number): { expression: string; end: number } | undefined {
  let at = start + 1;
  const isComplement = characters[at] === '^';
  if (isComplement) at++;
  let body = '';
  for (const first = at; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === ']' && at > first) {
      return { expression: `[${isComplement ? '^' : ''}${body}]`, end: at };
    }
    const upper = characters[at + 2];
    if (characters[at + 1] === '-' && upper !== undefined && upper !== ']') {
      // A range the wrong way round holds nothing.
      if (compareCodePoints(character, upper) <= 0) body += `${escaped(character)}-${escaped(upper)}`;
      at += 2;
    } else body += escaped(character);
  }
  return undefined;
}

function compareCodePoints(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

function escaped(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}
