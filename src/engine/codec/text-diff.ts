import { byteTextOf } from './byte-text';
import { isBinary } from './is-binary';
import { diffLines, type LineEdit } from './line-diff';
import type { LineComparison } from './line-key';
import { type LinePair, pairLines } from './line-pairs';

/** How the content of a file differs. */
export type TextDiff =
  | { kind: 'text'; hunks: Hunk[]; inserted: number; deleted: number }
  /** Nothing that counts: only the white space that was to be ignored. */
  | { kind: 'whitespace' }
  | { kind: 'binary' }
  /** One is a symbolic link, the other a file. */
  | { kind: 'symlink' };

/** Lines that differ, with some around them. Line numbers count from 1; 0 where there are no lines. */
export interface Hunk {
  before: { line: number; count: number };
  after: { line: number; count: number };
  /** Lossless text (`byteTextOf`): each begins with a space, `-` or `+`; a `\` tells that the line before has no line feed. */
  lines: string[];
  /** The same in two columns, where that was asked for. */
  pairs?: LinePair[];
}

export interface TextDiffOptions extends LineComparison {
  /** Lines around each change; default 5. */
  context?: number;
  /**
   * Hunks have `pairs`. As with Fossil, whether the last line has a line feed then makes no difference, nor a byte-order mark, and hunks that hide fewer
   * lines than the context between them are one.
   */
  withPairs?: boolean;
}

const DEFAULT_CONTEXT = 5;
const NO_LINE_FEED = '\\ No newline at end of file';

/** Compares contents line by line. Contents that differ in bytes alone, not in text, have no hunks. */
export function diffText(before: Uint8Array, after: Uint8Array, options: TextDiffOptions = {}): TextDiff {
  if (isBinary(before) || isBinary(after)) return { kind: 'binary' };
  const [from, to] = [linesOf(before, options), linesOf(after, options)];
  const edits = diffLines(from, to, { ...options, ignoresLineFeed: options.withPairs === true });
  const hunks = hunksOf(from, to, edits, options);
  if (hunks.length === 0 && options.ignores !== undefined) return { kind: 'whitespace' };
  return {
    kind: 'text',
    hunks,
    inserted: edits.reduce((sum, edit) => sum + edit.inserted, 0),
    deleted: edits.reduce((sum, edit) => sum + edit.deleted, 0),
  };
}

/** Text as the comparison sees it: UTF-16 with a mark at its start is told by that mark and decoded. */
function decoded(content: Uint8Array): string {
  const mark = (content[0] ?? 0) * 256 + (content[1] ?? 0);
  if (mark === 0xfffe || mark === 0xfeff)
    return new TextDecoder(mark === 0xfffe ? 'utf-16le' : 'utf-16be').decode(content);
  return byteTextOf(content);
}

/** Lines with their line feeds: the last may have none. */
function linesOf(content: Uint8Array, { withPairs }: TextDiffOptions): string[] {
  const text = decoded(content);
  return (withPairs === true ? text.replace(/^\uFEFF/, '') : text).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Changes with fewer than twice the context between them share a hunk; what is behind the last one is shown whole if it is as short. */
function hunksOf(
  from: readonly string[],
  to: readonly string[],
  edits: readonly LineEdit[],
  options: TextDiffOptions,
): Hunk[] {
  const { context = DEFAULT_CONTEXT, withPairs = false } = options;
  // What was shifted until nothing is left before the next change ends its hunk, as with Fossil.
  const isNear = ({ copied, deleted, inserted }: LineEdit): boolean =>
    copied > 0 && copied < (withPairs && deleted + inserted > 0 ? 3 : 2) * context;
  const hunks: Hunk[] = [];
  let [atFrom, atTo] = [0, 0];
  for (let index = 0; index < edits.length;) {
    const first = edits[index];
    if (first === undefined || first.deleted + first.inserted === 0) break;
    let end = index + 1;
    for (let next = edits[end]; next !== undefined && isNear(next); next = edits[++end]);
    const hidden = Math.max(0, first.copied - context);
    const skipped = withPairs && hidden < context ? 0 : hidden;
    const shown = [{ ...first, copied: first.copied - skipped }, ...edits.slice(index + 1, end)];
    const tail = Math.min(context, edits[end]?.copied ?? 0);
    const hunk = new HunkWriter(from, to, atFrom + skipped, atTo + skipped);
    const start = { atFrom: hunk.atFrom, atTo: hunk.atTo };
    for (const edit of shown) {
      hunk.copy(edit.copied);
      hunk.change(edit);
    }
    [atFrom, atTo] = [hunk.atFrom, hunk.atTo];
    hunk.copy(tail);
    const pairs = withPairs ? { pairs: pairLines({ from, to, ...start, edits: shown, tail, context }, options) } : {};
    hunks.push({ ...hunk.finish(), ...pairs });
    index = end;
  }
  return hunks;
}

class HunkWriter {
  readonly #from: readonly string[];
  readonly #to: readonly string[];
  readonly #startFrom: number;
  readonly #startTo: number;
  readonly #lines: string[] = [];
  atFrom: number;
  atTo: number;

  constructor(from: readonly string[], to: readonly string[], atFrom: number, atTo: number) {
    this.#from = from;
    this.#to = to;
    this.#startFrom = this.atFrom = atFrom;
    this.#startTo = this.atTo = atTo;
  }

  copy(count: number): void {
    for (let left = count; left > 0; left--) {
      this.#push(' ', this.#from[this.atFrom++]);
      this.atTo++;
    }
  }

  change({ deleted, inserted }: LineEdit): void {
    for (let left = deleted; left > 0; left--) this.#push('-', this.#from[this.atFrom++]);
    for (let left = inserted; left > 0; left--) this.#push('+', this.#to[this.atTo++]);
  }

  finish(): Hunk {
    const range = (start: number, end: number): Hunk['before'] => ({
      line: end > start ? start + 1 : start,
      count: end - start,
    });
    return {
      before: range(this.#startFrom, this.atFrom),
      after: range(this.#startTo, this.atTo),
      lines: this.#lines,
    };
  }

  #push(sign: string, line = ''): void {
    if (line.endsWith('\n')) this.#lines.push(sign + line.slice(0, -1));
    else this.#lines.push(sign + line, NO_LINE_FEED);
  }
}
