import { alignLines, MOST_CELLS } from './line-alignment';
import type { LineEdit } from './line-diff';
import { type LineComparison, lineKey } from './line-key';
import { changedLine } from './line-likeness';

/** One row of two columns: a line of what was before, of what is after, or both. Without line feeds. */
export interface LinePair {
  before?: string;
  after?: string;
  /** Both are there and equal as far as the comparison goes. */
  isSame: boolean;
}

/** Lines of both sides, and what of them belongs to one hunk. */
export interface PairedStretch {
  from: readonly string[];
  to: readonly string[];
  /** Where the stretch begins in each. */
  atFrom: number;
  atTo: number;
  edits: readonly LineEdit[];
  /** Lines behind the last edit. */
  tail: number;
  context: number;
}

/** The rows of a hunk as they stand side by side. */
export function pairLines(stretch: PairedStretch, comparison: LineComparison): LinePair[] {
  const { edits, context } = stretch;
  const key = lineKey(comparison);
  const shown = (line = ''): string => line.replace(comparison.ignoresTrailingCr === true ? /\r?\n?$/ : /\n$/, '');
  const pairs: LinePair[] = [];
  let { atFrom, atTo } = stretch;
  const copy = (count: number): void => {
    for (const line of stretch.from.slice(atFrom, atFrom + count))
      pairs.push({ before: shown(line), after: shown(line), isSame: true });
    atFrom += count;
    atTo += count;
  };
  copy(edits[0]?.copied ?? 0);
  for (let index = 0; index < edits.length; index++) {
    let { deleted = 0, inserted = 0 } = edits[index] ?? {};
    for (let next = edits[index + 1]; next !== undefined; next = edits[index + 1]) {
      const joined = {
        deleted: deleted + next.copied + next.deleted,
        inserted: inserted + next.copied + next.inserted,
      };
      const isApart = next.copied >= 2 * context || joined.deleted * joined.inserted > MOST_CELLS;
      if (isApart || !isSmallGap(edits[index], next)) break;
      ({ deleted, inserted } = joined);
      index++;
    }
    const left = stretch.from.slice(atFrom, atFrom + deleted).map((line) => changedLine(shown(line)));
    const right = stretch.to.slice(atTo, atTo + inserted).map((line) => changedLine(shown(line)));
    let [i, j] = [0, 0];
    for (const step of alignLines(left, right, comparison.ignores === undefined)) {
      const before = step === 'right' ? undefined : left[i++]?.text;
      const after = step === 'left' ? undefined : right[j++]?.text;
      if (before === undefined || after === undefined) {
        pairs.push({ ...(before === undefined ? { after: after ?? '' } : { before }), isSame: false });
      } else {
        const isSame = key(before) === key(after);
        pairs.push({ before, after: isSame ? before : after, isSame });
      }
    }
    atFrom += deleted;
    atTo += inserted;
    copy(edits[index + 1]?.copied ?? 0);
  }
  copy(stretch.tail);
  return pairs;
}

/** Changes with so little between them read better as one. */
function isSmallGap(edit: LineEdit | undefined, { copied, deleted, inserted }: LineEdit): boolean {
  const changed = deleted + inserted + (edit === undefined ? 0 : edit.deleted + edit.inserted);
  return copied <= 2 || copied <= Math.floor(changed / 8);
}
