import type { ScanBudget } from './scan-budget';
import { codeSpanEnd } from './markdown-code';

/** An emphasised span: its content, and where the text goes on behind it. */
export interface Emphasis {
  start: number;
  end: number;
  next: number;
}

/** Finds the end of emphasis in one run of inline text. Offsets are those of the text. */
export class EmphasisFinder {
  readonly #text: string;
  readonly #end: number;
  readonly #budget: ScanBudget;

  /** @param end - where the run ends */
  constructor(text: string, end: number, budget: ScanBudget) {
    this.#text = text;
    this.#end = end;
    this.#budget = budget;
  }

  /**
   * @param at - where a `*` or `_` stands
   * @param start - where the run begins
   * @returns undefined when it begins no emphasis
   */
  find(at: number, start: number): Emphasis | undefined {
    const mark = this.#text.charAt(at);
    const before = at > start ? this.#text.charAt(at - 1) : ' ';
    let count = 1;
    while (count < 4 && this.#text[at + count] === mark) count++;
    const inside = at + count;
    // A mark needs something behind its content: its own twin, and what is between.
    if (count > 3 || this.#end - at <= count + 1) return undefined;
    if (!opens(before, this.#text.charAt(inside)) || (mark === '_' && isWord(before))) return undefined;
    return count === 1
      ? this.#single(inside, mark)
      : count === 2
        ? this.#double(inside, mark)
        : this.#triple(inside, mark);
  }

  #single(start: number, mark: string): Emphasis | undefined {
    const text = this.#text;
    let at = start;
    if (this.#end - start > 1 && text[start] === mark && text[start + 1] === mark) at++;
    while (at < this.#end) {
      const found = this.#nextMark(at, mark);
      if (found === undefined || found >= this.#end) return undefined;
      at = found;
      if (at + 1 < this.#end && text[at + 1] === mark) {
        at++;
        continue;
      }
      if (text[at] === mark && this.#closes(at, at + 1, mark)) return { start, end: at, next: at + 1 };
    }
    return undefined;
  }

  #double(start: number, mark: string): Emphasis | undefined {
    const text = this.#text;
    let at = start;
    while (at < this.#end) {
      const found = this.#nextMark(at, mark);
      if (found === undefined) return undefined;
      at = found;
      if (at + 1 < this.#end && text[at] === mark && text[at + 1] === mark && this.#closes(at, at + 2, mark)) {
        return { start, end: at, next: at + 2 };
      }
      at++;
    }
    return undefined;
  }

  /** The first mark that closes tells how many of the three end here; the rest encloses more. */
  #triple(start: number, mark: string): Emphasis | undefined {
    const text = this.#text;
    let at = start;
    while (at < this.#end) {
      const found = this.#nextMark(at, mark);
      if (found === undefined) return undefined;
      at = found;
      if (text[at] !== mark || ' \t\n'.includes(text.charAt(at - 1))) continue;
      if (at + 2 < this.#end && text[at + 1] === mark && text[at + 2] === mark) return { start, end: at, next: at + 3 };
      return at + 1 < this.#end && text[at + 1] === mark
        ? this.#single(start - 2, mark)
        : this.#double(start - 1, mark);
    }
    return undefined;
  }

  #closes(at: number, behind: number, mark: string): boolean {
    const after = behind < this.#end ? this.#text.charAt(behind) : ' ';
    const before = this.#text.charAt(at - 1);
    if (isSpace(before) || (mark === '_' && isWord(after))) return false;
    return isWord(before) || !isWord(after);
  }

  /** The next mark that stands neither in a code span nor in a link; undefined when there is none. */
  #nextMark(start: number, mark: string): number | undefined {
    const text = this.#text;
    const end = this.#end;
    let at = text[start] === '`' ? start : start + 1;
    try {
      while (at < end) {
        while (at < end && text[at] !== mark && text[at] !== '`' && text[at] !== '[') at++;
        if (at >= end) return undefined;
        if (at > start && text[at - 1] === '\\') {
          at++;
        } else if (text[at] === mark) {
          return at;
        } else if (text[at] === '`') {
          at = codeSpanEnd(text, at, end, this.#budget);
        } else {
          const { mark: found, next } = this.#skipLink(at, mark);
          if (next === undefined) return found;
          at = next;
        }
      }
      return undefined;
    } finally {
      this.#budget.spend(at - start);
    }
  }

  /**
   * @returns where the text goes on behind a link; or, when what begins like one is none, the first mark in it, if any. (Fossil looks for
   * a second opening character as a link's end.)
   */
  #skipLink(start: number, mark: string): { mark?: number | undefined; next?: number } {
    const text = this.#text;
    const end = this.#end;
    let first: number | undefined;
    let at = start + 1;
    const pass = (closing: string): void => {
      for (; at < end && text[at] !== closing; at++) if (text[at] === mark) first ??= at;
    };
    pass(']');
    at++;
    while (at < end && ' \t\n'.includes(text.charAt(at))) at++;
    if (at >= end) return { mark: first };
    const opening = text.charAt(at);
    if (opening !== '[' && opening !== '(') return first === undefined ? { next: at } : { mark: first };
    at++;
    pass(opening);
    return at < end ? { next: at + 1 } : { mark: first };
  }
}

function opens(before: string, after: string): boolean {
  if (isSpace(after)) return false;
  return isWord(after) || !isWord(before);
}

function isWord(character: string): boolean {
  return /[a-z0-9]/i.test(character);
}

function isSpace(character: string): boolean {
  return /[ \t-\r]/.test(character);
}
