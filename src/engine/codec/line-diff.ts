import { LineNumbering, type LinesOptions } from './compared-lines';
import { CommonLines, type LineRange, type LineRun } from './common-lines';
import { shiftEdits } from './shift-edits';

/** So many lines stay, then so many go, then so many come. */
export interface LineEdit {
  copied: number;
  deleted: number;
  inserted: number;
}

/**
 * The lines that turn one text into another, as Fossil finds them: the longest common run near the middle, then the same before and behind it.
 * Of very different, very long texts a part may be replaced as a whole: time stays bounded.
 */
export function diffLines(before: readonly string[], after: readonly string[], options: LinesOptions = {}): LineEdit[] {
  const numbering = new LineNumbering(options);
  const [from, to] = [numbering.side(before), numbering.side(after)];
  const common = new CommonLines(from, to, numbering);
  const edits = new EditList();
  const shorter = Math.min(before.length, after.length);
  let tail = 0;
  while (tail < shorter && from.keys.at(-1 - tail) === to.keys.at(-1 - tail)) tail++;
  let head = 0;
  while (head < shorter - tail && from.keys[head] === to.keys[head]) head++;
  edits.copy(head);
  // A range to compare, or a run that both have.
  const open: (LineRange | LineRun)[] = [
    { from: head, fromEnd: before.length - tail, to: head, toEnd: after.length - tail },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ('length' in next) {
      edits.copy(next.length);
      continue;
    }
    const run = common.longest(next);
    if (run === undefined) {
      edits.change(next.fromEnd - next.from, next.toEnd - next.to);
      continue;
    }
    open.push({ ...next, from: run.from + run.length, to: run.to + run.length }, run, {
      ...next,
      fromEnd: run.from,
      toEnd: run.to,
    });
  }
  edits.copy(tail);
  return shiftEdits(edits.edits, from, to);
}

/** Joins what belongs together: a copy after a change starts the next edit. */
class EditList {
  readonly edits: LineEdit[] = [];

  copy(count: number): void {
    if (count > 0) this.#open('copied').copied += count;
  }

  change(deleted: number, inserted: number): void {
    if (deleted + inserted === 0) return;
    const edit = this.#open('changed');
    edit.deleted += deleted;
    edit.inserted += inserted;
  }

  #open(kind: 'copied' | 'changed'): LineEdit {
    const last = this.edits.at(-1);
    if (last !== undefined && (kind === 'changed' || last.deleted + last.inserted === 0)) return last;
    const edit = { copied: 0, deleted: 0, inserted: 0 };
    this.edits.push(edit);
    return edit;
  }
}
