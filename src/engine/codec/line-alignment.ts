import { type ChangedLine, unlikeness } from './line-likeness';

/** How the next row of two columns is filled: from the left alone, from the right alone, or from both. */
export type AlignmentStep = 'left' | 'right' | 'both';

/** Lines of the one times lines of the other that are aligned in the best way; larger stretches are divided first. */
export const MOST_CELLS = 1225;
/** What a line without a partner costs, in the measure of `unlikeness`. */
const GAP = 50;
/** Less alike lines are no partners, unless they are as far from the beginning. */
const MOST_UNLIKE = 90;
/** So many lines in a row that differ in white space alone divide a large stretch. */
const FEWEST_COMMON = 5;

/**
 * Which lines of a changed stretch stand beside which, by Fossil's rules, so that the same rows come out.
 * @param seesSpaces - white space counts: lines that differ in nothing else have not been found yet
 * @returns the steps that use up both
 */
export function alignLines(
  left: readonly ChangedLine[],
  right: readonly ChangedLine[],
  seesSpaces: boolean,
): AlignmentStep[] {
  if (left.length === 0) return right.map(() => 'right');
  if (right.length === 0) return left.map(() => 'left');
  if (left.length * right.length <= MOST_CELLS) return cheapestPath(left, right);
  const common = seesSpaces ? commonStretch(left, right) : undefined;
  const { toLeft, toRight, length } = common ?? { ...division(left, right), length: 0 };
  return [
    ...alignLines(left.slice(0, toLeft), right.slice(0, toRight), seesSpaces),
    ...Array.from({ length }, () => 'both' as const),
    ...alignLines(left.slice(toLeft + length), right.slice(toRight + length), seesSpaces),
  ];
}

/** Wagner's smallest edit distance, where a pair costs what it is unlike. */
function cheapestPath(left: readonly ChangedLine[], right: readonly ChangedLine[]): AlignmentStep[] {
  const steps: AlignmentStep[][] = [right.map(() => 'right')];
  const costs = [0, ...right.map((_, at) => (at + 1) * GAP)];
  for (const [row, a] of left.entries()) {
    const taken: AlignmentStep[] = [];
    let diagonal = costs[0] ?? 0;
    costs[0] = diagonal + GAP;
    for (const [column, b] of right.entries()) {
      const above = costs[column + 1] ?? 0;
      let [cost, step]: [number, AlignmentStep] = [(costs[column] ?? 0) + GAP, 'right'];
      if (cost > above + GAP) [cost, step] = [above + GAP, 'left'];
      if (cost > diagonal) {
        const score = unlikeness(a, b);
        if ((score <= MOST_UNLIKE || row === column) && cost > diagonal + score)
          [cost, step] = [diagonal + score, 'both'];
      }
      diagonal = above;
      costs[column + 1] = cost;
      taken.push(step);
    }
    steps.push(taken);
  }
  const path: AlignmentStep[] = [];
  for (let [row, column] = [left.length, right.length]; row + column > 0;) {
    const step = column === 0 ? 'left' : (steps[row]?.[column - 1] ?? 'right');
    path.push(step);
    if (step !== 'right') row--;
    if (step !== 'left') column--;
  }
  return path.reverse();
}

interface Division {
  toLeft: number;
  toRight: number;
}

/** The middle of the longer stretch, and the line of the shorter one that is most like it and not far from the middle. */
function division(left: readonly ChangedLine[], right: readonly ChangedLine[]): Division {
  const [longer, shorter] = left.length > right.length ? [left, right] : [right, left];
  const middle = Math.floor(longer.length / 2);
  const centre = Math.floor(shorter.length / 2);
  const line = longer[middle] as ChangedLine;
  let [best, lowest] = [0, Number.POSITIVE_INFINITY];
  for (const [at, other] of shorter.entries()) {
    const score = unlikeness(line, other) + Math.abs(at - centre) * 2;
    if (score < lowest) [best, lowest] = [at, score];
  }
  return longer === left ? { toLeft: middle, toRight: best } : { toLeft: best, toRight: middle };
}

/**
 * The longest run of lines that differ in white space alone; of equally long ones the one nearest to the middle.
 * @returns undefined when there is none worth dividing at
 */
function commonStretch(
  left: readonly ChangedLine[],
  right: readonly ChangedLine[],
): (Division & { length: number }) | undefined {
  // As Fossil finds them: by their last place on the right, which is never the last line.
  const places = new Map(right.slice(0, -1).map(({ spaceless }, at) => [spaceless, at]));
  const isSame = (i: number, j: number): boolean =>
    i >= 0 && j >= 0 && i < left.length && j < right.length && left[i]?.spaceless === right[j]?.spaceless;
  const middle = Math.floor(left.length / 2);
  let best = { toLeft: 0, toRight: 0, length: 0 };
  let other = best;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [at, { spaceless }] of left.entries()) {
    const place = places.get(spaceless);
    if (place === undefined || holds(best, at, place) || holds(other, at, place)) continue;
    let [back, end] = [0, 1];
    while (isSame(at - back - 1, place - back - 1)) back++;
    while (isSame(at + end, place + end)) end++;
    const found = { toLeft: at - back, toRight: place - back, length: back + end };
    const skew = Math.abs(found.toLeft - found.toRight);
    const distance = Math.abs(Math.floor((2 * found.toLeft + found.length) / 2) - middle);
    const score = found.length * (left.length + right.length) - (skew + distance);
    if (score > highest) [best, highest] = [found, score];
    else if (at + end > other.toLeft + other.length) other = found;
  }
  return best.length < FEWEST_COMMON ? undefined : best;
}

function holds({ toLeft, toRight, length }: Division & { length: number }, i: number, j: number): boolean {
  return i < toLeft + length && j >= toRight && j < toRight + length;
}
