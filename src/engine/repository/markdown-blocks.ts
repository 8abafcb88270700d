import { codeSpanLength } from './markdown-code';
import { htmlBlockLength } from './markdown-html';
import type { MarkdownInline } from './markdown-inline';
import {
  blankLineLength,
  bulletPrefix,
  codePrefix,
  isFence,
  isRule,
  isTableLine,
  isUnderline,
  numberPrefix,
  quotePrefix,
} from './markdown-lines';
import { readListItem } from './markdown-list';
import { readTable } from './markdown-table';
import type { ScanBudget } from './scan-budget';

/** Takes Markdown apart into blocks and hands the inline text in them on. */
export class MarkdownBlocks {
  readonly #inline: MarkdownInline;
  readonly #budget: ScanBudget;

  constructor(inline: MarkdownInline, budget: ScanBudget) {
    this.#inline = inline;
    this.#budget = budget;
  }

  read(text: string, start = 0, end = text.length): void {
    // Nothing in it would be read: inline text is taken as it is from here on.
    if (this.#inline.isTooDeep) return;
    const bar = text.indexOf('|', start);
    const hasTable = bar !== -1 && bar < end;
    let at = start;
    while (at < end) {
      const next = this.#block(text, at, end, hasTable);
      this.#budget.spend(next - at);
      at = Math.max(next, at + 1);
    }
  }

  /** @returns where the text goes on behind the block at `at` */
  #block(text: string, at: number, end: number, hasTable: boolean): number {
    if (text[at] === '#') return this.#heading(text, at, end);
    const skipped =
      (text[at] === '<' ? htmlBlockLength(text, at, end, this.#budget) : 0) || blankLineLength(text, at, end);
    if (skipped > 0) return at + skipped;
    if (isRule(text, at, end)) return lineEnd(text, at, end) + 1;
    if (quotePrefix(text, at, end) > 0) return this.#quote(text, at, end);
    if (codePrefix(text, at, end) > 0) return behindCode(text, at, end);
    if (bulletPrefix(text, at, end) > 0 || numberPrefix(text, at, end) > 0) return this.#list(text, at, end);
    if (hasTable && isTableLine(text, at, end, this.#budget)) return this.#table(text, at, end);
    const fenced = isFence(text, at, end) ? codeSpanLength(text, at, end, this.#budget) : 0;
    return fenced > 0 ? at + fenced : this.#paragraph(text, at, end);
  }

  #heading(text: string, at: number, end: number): number {
    let marks = at;
    while (marks < end && marks < at + 6 && text[marks] === '#') marks++;
    let start = marks;
    while (start < end && (text[start] === ' ' || text[start] === '\t')) start++;
    const behind = lineEnd(text, start, end);
    if (start === marks || behind <= start) return this.#paragraph(text, at, end);
    let stop = behind;
    while (stop > at && text[stop - 1] === '#') stop--;
    while (stop > at && (text[stop - 1] === ' ' || text[stop - 1] === '\t')) stop--;
    if (stop <= start) return this.#paragraph(text, at, end);
    this.#inline.within(1, () => this.#inline.read(text, start, stop));
    return behind;
  }

  #paragraph(text: string, start: number, end: number): number {
    let at = start;
    let behind = start;
    let isHeading = false;
    while (at < end) {
      behind = nextLine(text, at, end);
      if (blankLineLength(text, at, end) > 0) break;
      isHeading = isUnderline(text, at, end);
      if (isHeading) break;
      if ((at > start && text[at] === '#') || isRule(text, at, end)) {
        behind = at;
        break;
      }
      at = behind;
    }
    while (at > start && text[at - 1] === '\n') at--;
    if (isHeading) this.#underlined(text, start, at);
    else this.#run(text, start, at);
    return behind;
  }

  /** The last line is the heading, what stands above it a paragraph. */
  #underlined(text: string, start: number, end: number): void {
    let at = end - 1;
    while (at > start && text[at] !== '\n') at--;
    const heading = at + 1;
    while (at > start && text[at - 1] === '\n') at--;
    if (at <= start) {
      this.#run(text, start, end);
      return;
    }
    this.#run(text, start, at);
    this.#run(text, heading, end);
  }

  #run(text: string, start: number, end: number): void {
    this.#inline.within(1, () => this.#inline.read(text, start, end));
  }

  #quote(text: string, start: number, end: number): number {
    const lines: string[] = [];
    let at = start;
    let behind = start;
    while (at < end) {
      behind = at + 1;
      while (behind < end && text[behind - 1] !== '\n') behind++;
      const prefix = quotePrefix(text, at, behind);
      if (prefix === 0 && blankLineLength(text, at, behind) > 0 && !isQuotedOrBlank(text, behind, end)) break;
      lines.push(text.slice(at + prefix, behind));
      at = behind;
    }
    this.#inline.within(1, () => this.read(lines.join('')));
    return behind;
  }

  #list(text: string, start: number, end: number): number {
    let at = start;
    let isBlock = false;
    this.#inline.depth++;
    while (at < end) {
      const item = readListItem(text, at, end, isBlock);
      if (item === undefined) break;
      this.#budget.spend(item.content.length);
      at = item.next;
      isBlock = item.isBlock;
      this.#item(item.content, item.sublist, isBlock);
      if (item.isLast) break;
    }
    this.#inline.depth--;
    return at;
  }

  #item(content: string, sublist: number | undefined, isBlock: boolean): void {
    this.#inline.within(2, () => {
      const own = sublist ?? content.length;
      if (isBlock) this.read(content, 0, own);
      else this.#inline.read(content, 0, own);
      if (sublist !== undefined) this.read(content, sublist);
    });
  }

  #table(text: string, start: number, end: number): number {
    this.#inline.depth++;
    const behind = readTable(text, start, end, this.#budget, (cell, cellEnd, isHead) =>
      this.#inline.within(isHead ? 3 : 2, () => this.#inline.read(text, cell, cellEnd)),
    );
    this.#inline.depth--;
    return behind;
  }
}

function isQuotedOrBlank(text: string, at: number, end: number): boolean {
  return at < end && (quotePrefix(text, at, end) > 0 || blankLineLength(text, at, end) > 0);
}

function behindCode(text: string, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const behind = nextLine(text, at, end);
    if (codePrefix(text, at, behind) === 0 && blankLineLength(text, at, behind) === 0) break;
    at = behind;
  }
  return at;
}

function lineEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] !== '\n') at++;
  return at;
}

function nextLine(text: string, start: number, end: number): number {
  return Math.min(lineEnd(text, start, end) + 1, end);
}
