import { codeSpanLength } from './markdown-code';
import { EmphasisFinder } from './markdown-emphasis';
import type { MarkdownNotes } from './markdown-notes';
import type { MarkdownReferences } from './markdown-references';
import { markdownTagLength } from './markdown-tag';
import type { ScanBudget } from './scan-budget';

/** Nested deeper than this, Fossil takes text as it is. */
const DEEPEST = 200;
const SPECIAL = new Set('*_`\n[(<\\&');

/** Collects the hyperlinks of runs of inline text, as Fossil's renderer comes to them. */
export class MarkdownInline {
  /** Targets as they are written. */
  readonly targets: string[] = [];
  /** How many of Fossil's working buffers are in use. */
  depth = 0;
  readonly #references: MarkdownReferences;
  readonly #notes: MarkdownNotes;
  readonly #budget: ScanBudget;

  constructor(references: MarkdownReferences, notes: MarkdownNotes, budget: ScanBudget) {
    this.#references = references;
    this.#notes = notes;
    this.#budget = budget;
  }

  get isTooDeep(): boolean {
    return this.depth > DEEPEST;
  }

  /** Reads what is nested `levels` deeper. */
  within(levels: number, work: () => void): void {
    this.depth += levels;
    work();
    this.depth -= levels;
  }

  read(text: string, start = 0, end = text.length): void {
    if (this.isTooDeep) return;
    const emphasis = new EmphasisFinder(text, end, this.#budget);
    let at = start;
    while (at < end) {
      if (!SPECIAL.has(text.charAt(at))) {
        at++;
        continue;
      }
      at += this.#special(text, { at, start, end }, emphasis) || 1;
    }
  }

  /** @returns the length of what the character at `at` begins; 0 when it stands for itself */
  #special(text: string, run: Run, emphasis: EmphasisFinder): number {
    const { at, start, end } = run;
    switch (text[at]) {
      case '*':
      case '_': {
        const span = emphasis.find(at, start);
        if (span === undefined) return 0;
        this.within(1, () => this.read(text, span.start, span.end));
        return span.next - at;
      }
      case '`':
        return codeSpanLength(text, at, end, this.#budget);
      case '[':
        return this.#link(text, run);
      case '(':
        return this.#note(text, run);
      case '<': {
        const { length, steps } = markdownTagLength(text, at, end);
        this.#budget.spend(steps);
        return length;
      }
      case '\\':
        return 2;
      default:
        return 0;
    }
  }

  /** A footnote that stands by itself: `(^text)`. */
  #note(text: string, { at, end }: Run): number {
    if (end - at < 4 || text[at + 1] !== '^') return 0;
    const closing = this.#closingBracket(text, at, end);
    if (closing === undefined || !this.#notes.add(text.slice(at + 2, closing))) return 0;
    return closing + 1 - at;
  }

  #link(text: string, { at, start, end }: Run): number {
    const isNote = end - at > 3 && text[at + 1] === '^';
    const isImage = !isNote && at > start && text[at - 1] === '!';
    const closing = this.#closingBracket(text, at, end);
    if (closing === undefined) return 0;
    if (isNote) {
      this.#notes.refer(text.slice(at + 2, closing));
      return closing + 1 - at;
    }
    // Fossil takes a buffer each for title, content and target.
    this.depth += 3;
    const link = this.#target(text, { at, closing, end });
    if (link !== undefined) {
      if (!isImage && closing - at > 1) this.read(text, at + 1, closing);
      if (!isImage && link.target !== undefined) this.targets.push(link.target);
    }
    this.depth -= 3;
    return link === undefined ? 0 : link.next - at;
  }

  /** @returns where the link leads (a footnote: nowhere) and where it ends; undefined when the brackets are no link */
  #target(
    text: string,
    { at, closing, end }: { at: number; closing: number; end: number },
  ): { target?: string; next: number } | undefined {
    const label = text.slice(at + 1, closing);
    let next = closing + 1;
    while (next < end && ' \t\n'.includes(text.charAt(next))) next++;
    if (next < end && text[next] === '(') return this.#inlineTarget(text, next, end);
    if (next >= end || text[next] !== '[') {
      const target = this.#references.get(label);
      return target === undefined ? undefined : { target, next: closing + 1 };
    }
    const idEnd = text.indexOf(']', next);
    this.#budget.spend((idEnd === -1 || idEnd > end ? end : idEnd) - next);
    if (idEnd === -1 || idEnd >= end) return undefined;
    const id = text.slice(next + 1, idEnd);
    if (id.startsWith('^')) {
      this.#notes.refer(id === '^' ? label : id.slice(1));
      return { next: idEnd + 1 };
    }
    const target = this.#references.get(id === '' ? label : id);
    return target === undefined ? undefined : { target, next: idEnd + 1 };
  }

  #inlineTarget(text: string, at: number, end: number): { target?: string; next: number } | undefined {
    if (at + 2 < end && text[at + 1] === '^') {
      const closing = this.#closingBracket(text, at, end);
      if (closing === undefined) return undefined;
      this.#notes.add(text.slice(at + 2, closing));
      return { next: closing + 1 };
    }
    let closing = at + 1;
    while (closing < end && (text[closing] !== ')' || text[closing - 1] === '\\')) closing++;
    this.#budget.spend(closing - at);
    return closing >= end ? undefined : { target: inlineTarget(text.slice(at + 1, closing)), next: closing + 1 };
  }

  #closingBracket(text: string, at: number, end: number): number | undefined {
    const opening = text[at];
    const closing = opening === '[' ? ']' : ')';
    let level = 1;
    let i = at + 1;
    for (; i < end && level > 0; i++) {
      if (text[i - 1] === '\\') continue;
      if (text[i] === opening) level++;
      else if (text[i] === closing) level--;
    }
    this.#budget.spend(i - at);
    return level === 0 ? i - 1 : undefined;
  }
}

interface Run {
  /** Of the character. */
  at: number;
  /** Of the run of text that it stands in. */
  start: number;
  end: number;
}

/** The address in `(address "title")`. */
function inlineTarget(inside: string): string {
  const start = /^[ \t\n]*/.exec(inside)?.[0].length ?? 0;
  let end = inside.slice(start).search(/['"]/);
  end = end === -1 ? inside.length : start + end;
  if (end < inside.length) {
    let last = inside.length - 1;
    while (last > end + 1 && ' \t\n'.includes(inside.charAt(last))) last--;
    // A title that nothing closes belongs to the address, as far as its first quotation mark.
    if (!`'"`.includes(inside.charAt(last))) end++;
  }
  while (end > start && ' \t\n'.includes(inside.charAt(end - 1))) end--;
  const opened = inside[start] === '<' ? start + 1 : start;
  if (end > 0 && inside[end - 1] === '>') end--;
  return inside.slice(opened, Math.max(opened, end)).replaceAll('\\', '');
}
