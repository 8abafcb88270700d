import type { LineNumbering, SideLines } from './compared-lines';

/** Lines of both sides; the ends stand behind the last ones. */
export interface LineRange {
  from: number;
  fromEnd: number;
  to: number;
  toEnd: number;
}

/** Lines that both sides have one behind the other. */
export interface LineRun {
  from: number;
  to: number;
  length: number;
}

/** Entries of a bucket that are passed over before a line counts as one that the other side lacks, at first and at most. */
const FEWEST_PASSED = 4;
const MOST_PASSED = 64;
/** Where the buckets tell nothing, every pair of lines is compared in ranges of up to so many pairs. */
const MOST_PAIRS = 2500;
/** No run is worth less; one far from the middle, or far aside, may be. */
const LEAST_SCORE = -10_000;
/** A longer run is never there by chance. */
const SHORT_RUN = 5;
/** A run that is no smaller part of its range is never there by chance. */
const SMALL_PART = 7;
/** Steps that one comparison may take: some seconds. */
const MOST_STEPS = 400_000_000;

const NOWHERE: LineRun = { from: 0, to: 0, length: 0 };

/** Finds runs of lines that both sides have: by Fossil's rules, so that the differences are the same. */
export class CommonLines {
  readonly #from: SideLines;
  readonly #to: SideLines;
  readonly #numbering: LineNumbering;
  /** Of each line of the one side the last of the other in its bucket, and of each of that the one before it there; -1: none. */
  readonly #entries: Int32Array;
  readonly #former: Int32Array;
  #steps = 0;

  constructor(from: SideLines, to: SideLines, numbering: LineNumbering) {
    this.#from = from;
    this.#to = to;
    this.#numbering = numbering;
    const size = to.keys.length;
    const heads = new Int32Array(size).fill(-1);
    this.#former = new Int32Array(size);
    const bucketOf = (hash: bigint): number => (size === 0 ? 0 : Number(hash % BigInt(size)));
    for (let line = 0; line < size; line++) {
      const bucket = bucketOf(to.hash(line));
      this.#former[line] = heads[bucket] ?? -1;
      heads[bucket] = line;
    }
    this.#entries = new Int32Array(from.keys.length);
    for (let line = 0; line < from.keys.length; line++) this.#entries[line] = heads[bucketOf(from.hash(line))] ?? -1;
  }

  /** @returns undefined where nothing in the range is common, or what is may be there by chance */
  longest(range: LineRange): LineRun | undefined {
    const { from, fromEnd, to, toEnd } = range;
    if (from >= fromEnd || to >= toEnd || this.#steps > MOST_STEPS) return undefined;
    let run = this.#byBuckets(range);
    if (run.length === 0 && (fromEnd - from) * (toEnd - to) < MOST_PAIRS) run = this.#byPairs(range);
    if (run.length > SHORT_RUN) return run;
    return run.length > 0 && this.#isTelling(run, range) ? run : undefined;
  }

  #byBuckets(range: LineRange): LineRun {
    const { from, fromEnd, to, toEnd } = range;
    const span = fromEnd - from + toEnd - to;
    const middle = Math.floor((from + fromEnd) / 2);
    let [best, bestScore, other] = [NOWHERE, LEAST_SCORE, NOWHERE];
    for (let passed = FEWEST_PASSED; best.length === 0 && passed <= MOST_PASSED; passed *= 4) {
      let isCut = false;
      for (let line = from; line < fromEnd; line++) {
        const place = this.#placeOf(line, range, passed);
        if (place === CUT) isCut = true;
        if (place < 0 || isWithin(best, line, place) || isWithin(other, line, place)) continue;
        const run = this.#runAround(line, place, range);
        const aside = Math.abs(run.from - from - (run.to - to));
        const away = Math.abs(Math.floor((2 * run.from + run.length) / 2) - middle);
        const score = run.length * span - (aside + away);
        if (score > bestScore) [best, bestScore] = [run, score];
        else if (run.from + run.length > other.from + other.length) other = run;
      }
      if (!isCut) break;
    }
    return best;
  }

  /** Where the other side has a line, the last place first; that at the very end of the range is passed over. */
  #placeOf(line: number, { to, toEnd }: LineRange, most: number): number {
    const key = this.#from.keys[line];
    let passed = 0;
    let place = this.#entries[line] ?? -1;
    while (place >= 0 && (place < to || place >= toEnd - 1 || this.#to.keys[place] !== key)) {
      if (passed++ > most) return CUT;
      place = this.#former[place] ?? -1;
    }
    this.#steps += passed + 1;
    return place;
  }

  #runAround(line: number, place: number, range: LineRange): LineRun {
    const [from, to] = [this.#from.keys, this.#to.keys];
    const before = Math.min(line - range.from, place - range.to);
    let back = 0;
    while (back < before && from[line - 1 - back] === to[place - 1 - back]) back++;
    const behind = Math.min(range.fromEnd - line, range.toEnd - place);
    let length = 1;
    while (length < behind && from[line + length] === to[place + length]) length++;
    this.#steps += back + length;
    return { from: line - back, to: place - back, length: back + length };
  }

  /** The first of the longest runs. */
  #byPairs({ from, fromEnd, to, toEnd }: LineRange): LineRun {
    const [left, right] = [this.#from.keys, this.#to.keys];
    let best: LineRun = { from, to, length: 0 };
    for (let line = from; line < fromEnd - best.length; line++) {
      for (let place = to; place < toEnd - best.length; place++) {
        let length = 0;
        while (line + length < fromEnd && place + length < toEnd && left[line + length] === right[place + length])
          length++;
        if (length > best.length) best = { from: line, to: place, length };
      }
    }
    return best;
  }

  /** A short run is taken for what a change of indentation left, but if it has a line that is nowhere else around. */
  #isTelling(run: LineRun, { from, fromEnd }: LineRange): boolean {
    if (run.length * SMALL_PART >= fromEnd - from) return true;
    const { trimmed } = this.#from;
    const end = run.from + run.length;
    for (let line = run.from; line < end; line++) {
      const text = trimmed[line] ?? -1;
      if (!this.#numbering.isLong(text)) continue;
      this.#steps += fromEnd - from;
      if (!trimmed.subarray(from, run.from).includes(text) && !trimmed.subarray(end, fromEnd).includes(text))
        return true;
    }
    return false;
  }
}

/** The search in a bucket ended before its end. */
const CUT = -2;

/** Fossil counts the places of the one side from one here. */
function isWithin({ from, to, length }: LineRun, line: number, place: number): boolean {
  return line < from + length && place + 1 >= to && place + 1 < to + length;
}
