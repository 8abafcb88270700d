import { byteTextOf } from './byte-text';
import { isBinary } from './is-binary';
import { diffLines, type LineEdit } from './line-diff';

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
}

export interface TextDiffOptions {
  /** Lines around each change; default 5. */
  context?: number;
  /** White space that makes no difference; default none. */
  ignores?: 'trailing-space' | 'all-space';
  /** A carriage return at the end of a line makes no difference. */
  ignoresTrailingCr?: boolean;
}

const DEFAULT_CONTEXT = 5;
const NO_LINE_FEED = '\\ No newline at end of file';

/** Compares contents line by line. Contents that differ in bytes alone, not in text, have no hunks. */
export function diffText(before: Uint8Array, after: Uint8Array, options: TextDiffOptions = {}): TextDiff {
  if (isBinary(before) || isBinary(after)) return { kind: 'binary' };
  const [from, to] = [linesOf(before), linesOf(after)];
  const key = keyOf(options);
  const edits = diffLines(from.map(key), to.map(key));
  const hunks = hunksOf(from, to, edits, options.context ?? DEFAULT_CONTEXT);
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
function linesOf(content: Uint8Array): string[] {
  return decoded(content).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function keyOf({ ignores, ignoresTrailingCr }: TextDiffOptions): (line: string) => string {
  if (ignores === 'all-space') return (line) => line.replaceAll(/[ \t\n\v\f\r]/g, '');
  if (ignores === 'trailing-space') return (line) => line.replace(/[ \t\n\v\f\r]+$/, '');
  return ignoresTrailingCr === true ? (line) => line.replace(/\r(?=\n?$)/, '') : (line) => line;
}

/** Changes with fewer than twice the context between them share a hunk. */
function hunksOf(from: readonly string[], to: readonly string[], edits: readonly LineEdit[], context: number): Hunk[] {
  const hunks: Hunk[] = [];
  let [atFrom, atTo] = [0, 0];
  for (let index = 0; index < edits.length;) {
    const first = edits[index];
    if (first === undefined || first.deleted + first.inserted === 0) break;
    let end = index + 1;
    for (let next = edits[end]; next !== undefined && isNear(next, context); next = edits[++end]);
    const skipped = Math.max(0, first.copied - context);
    const hunk = new HunkWriter(from, to, atFrom + skipped, atTo + skipped);
    hunk.copy(first.copied - skipped);
    for (const [offset, edit] of edits.slice(index, end).entries()) {
      if (offset > 0) hunk.copy(edit.copied);
      hunk.change(edit);
    }
    [atFrom, atTo] = [hunk.atFrom, hunk.atTo];
    hunk.copy(Math.min(context, edits[end]?.copied ?? 0));
    hunks.push(hunk.finish());
    index = end;
  }
  return hunks;
}

function isNear({ copied, deleted, inserted }: LineEdit, context: number): boolean {
  return copied < 2 * context && deleted + inserted > 0;
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
