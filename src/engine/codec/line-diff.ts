import { diffArrays } from 'diff';

/** So many lines stay, then so many go, then so many come. */
export interface LineEdit {
  copied: number;
  deleted: number;
  inserted: number;
}

/** Differences that the exact search looks for at most in one stretch; its time grows with their square. */
const MOST_DIFFERENCES = 1000;
/** Squares of differences that all searches of one comparison may cost together: about a second. */
const BUDGET = 2_000_000;

/**
 * The lines that turn one text into another, the fewest where both are of ordinary size. Of very different, very long texts the lines that
 * occur once in both hold the comparison together, and what lies between two of these may be replaced as a whole: time stays bounded.
 * @param before - keys of lines: equal keys mean equal lines
 */
export function diffLines(before: readonly string[], after: readonly string[]): LineEdit[] {
  const numbers = new Map<string, number>();
  const numbered = (lines: readonly string[]): number[] =>
    lines.map((line) => {
      const known = numbers.get(line) ?? numbers.size;
      numbers.set(line, known);
      return known;
    });
  const edits = new EditList();
  compare(numbered(before), numbered(after), edits, { left: BUDGET });
  return edits.edits;
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

function compare(before: readonly number[], after: readonly number[], edits: EditList, budget: { left: number }): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  edits.copy(head);
  compareMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail), edits, budget);
  edits.copy(tail);
}

function compareMiddle(
  before: readonly number[],
  after: readonly number[],
  edits: EditList,
  budget: { left: number },
): void {
  if (before.length === 0 || after.length === 0) {
    edits.change(before.length, after.length);
    return;
  }
  const limit = Math.min(MOST_DIFFERENCES, Math.floor(Math.sqrt(budget.left)));
  budget.left -= Math.min(limit, before.length + after.length) ** 2;
  const changes = diffArrays([...before], [...after], { maxEditLength: limit });
  if (changes !== undefined) {
    for (const { added, removed, count } of changes) {
      if (added) edits.change(0, count);
      else if (removed) edits.change(count, 0);
      else edits.copy(count);
    }
    return;
  }
  const anchors = uniqueCommonLines(before, after);
  if (anchors.length === 0) {
    edits.change(before.length, after.length);
    return;
  }
  let [doneBefore, doneAfter] = [0, 0];
  for (const [atBefore, atAfter] of anchors) {
    compare(before.slice(doneBefore, atBefore), after.slice(doneAfter, atAfter), edits, budget);
    edits.copy(1);
    [doneBefore, doneAfter] = [atBefore + 1, atAfter + 1];
  }
  compare(before.slice(doneBefore), after.slice(doneAfter), edits, budget);
}

/** Places of lines that are once in each, as many as keep their order in both. */
function uniqueCommonLines(before: readonly number[], after: readonly number[]): [number, number][] {
  const placesAfter = uniquePlaces(after);
  const pairs: [number, number][] = [];
  for (const [line, atBefore] of uniquePlaces(before)) {
    const atAfter = placesAfter.get(line);
    if (atAfter !== undefined) pairs.push([atBefore, atAfter]);
  }
  return longestIncreasing(pairs.sort((a, b) => a[0] - b[0]));
}

function uniquePlaces(lines: readonly number[]): Map<number, number> {
  const places = new Map<number, number>();
  const repeated = new Set<number>();
  for (const [at, line] of lines.entries()) {
    if (places.has(line)) repeated.add(line);
    else places.set(line, at);
  }
  for (const line of repeated) places.delete(line);
  return places;
}

/** The longest run of pairs, not necessarily neighbours, whose second numbers grow. */
function longestIncreasing(pairs: readonly [number, number][]): [number, number][] {
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [index, [, second]] of pairs.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.[1] ?? 0) < second) low = middle + 1;
      else high = middle;
    }
    previous.push(low === 0 ? undefined : ends[low - 1]);
    ends[low] = index;
  }
  const run: [number, number][] = [];
  for (let at = ends.at(-1); at !== undefined; at = previous[at]) {
    const pair = pairs[at];
    if (pair !== undefined) run.push(pair);
  }
  return run.reverse();
}
