import { lowerAscii } from '../codec/ascii-case';

/** More words of a pattern are not looked at. */
const MOST_TERMS = 8;
/** What Fossil takes for a part of a word: ASCII letters, digits and `_`, and everything beyond ASCII. */
const WORD = /[0-9A-Za-z_\u0080-\u{10ffff}]+/gu;

interface Term {
  /** With ASCII letters in lower case. */
  text: string;
  /** The term is only the beginning of a word. */
  isPrefix: boolean;
}

/** Words to look for, as `fossil search` takes them: all must occur, as whole words unless a `*` follows; ASCII letters have no case. */
export class SearchPattern {
  readonly #terms: Term[];

  constructor(pattern: string) {
    this.#terms = [...pattern.matchAll(WORD)].slice(0, MOST_TERMS).map((match) => ({
      text: lowerAscii(match[0]),
      isPrefix: pattern[match.index + match[0].length] === '*',
    }));
  }

  /**
   * How well a text matches: 0 when a word of the pattern is not in it; more when words that follow each other in the pattern do so
   * in the text.
   */
  score(text: string): number {
    /** For each term, the longest run of neighbouring terms that it was found in. */
    const runs = this.#terms.map(() => 0);
    const lastPlaces = this.#terms.map(() => -1);
    let place = 0;
    for (const [word] of lowerAscii(text).matchAll(WORD)) {
      place++;
      const term = this.#terms.findIndex((candidate) => matches(candidate, word));
      if (term < 0) continue;
      lastPlaces[term] = place;
      let run = 1;
      while (run <= term && lastPlaces[term - run] === place - run) run++;
      for (let back = 0; back < run; back++) runs[term - back] = Math.max(runs[term - back] ?? 0, run);
    }
    return runs.reduce((product, run) => product * run, 1);
  }

  /** @returns whether every word occurs anywhere in a name, if only as a part of one of its words */
  isIn(name: string): boolean {
    const lower = lowerAscii(name);
    return this.#terms.length > 0 && this.#terms.every(({ text }) => lower.includes(text));
  }
}

function matches({ text, isPrefix }: Term, word: string): boolean {
  return isPrefix ? word.startsWith(text) : word === text;
}
