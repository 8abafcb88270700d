import { blankLineLength } from './markdown-lines';
import type { ScanBudget } from './scan-budget';

/** Elements whose content is taken as it is when they stand on lines of their own. */
const BLOCK_ELEMENT = /^<(html|pre|script)(?![a-z0-9])/i;

/** @returns the length of the block of HTML at `start`, where a `<` stands; 0 when none begins there */
export function htmlBlockLength(text: string, start: number, end: number, budget: ScanBudget): number {
  const size = end - start;
  if (size < 2) return 0;
  const element = BLOCK_ELEMENT.exec(text.slice(start, Math.min(end, start + 8)))?.[1];
  if (element !== undefined && start + 1 + element.length < end)
    return elementLength(text, start, end, element, budget);
  if (size > 5 && text.startsWith('!--', start + 1)) {
    let at = start + 5;
    while (at < end && !(text[at] === '>' && text[at - 1] === '-' && text[at - 2] === '-')) at++;
    budget.spend(at - start);
    const blank = at + 1 < end ? blankLineLength(text, at + 1, end) : 0;
    if (blank > 0) return at + 1 + blank - start;
  }
  if (size > 4 && /^hr$/i.test(text.slice(start + 1, start + 3))) {
    let at = start + 3;
    while (at < end && text[at] !== '>') at++;
    budget.spend(at - start);
    const blank = at + 1 < end ? blankLineLength(text, at + 1, end) : 0;
    if (blank > 0) return at + 1 + blank - start;
  }
  return 0;
}

/** The element ends with an end tag that blanks and an empty line follow. */
function elementLength(text: string, start: number, end: number, element: string, budget: ScanBudget): number {
  const tag = new RegExp(`</${element}>`, 'giy');
  let at = start + 1;
  for (;;) {
    at = text.indexOf('</', at);
    budget.spend((at === -1 ? end : at) - start);
    // At least one character more than the tag's name must follow.
    if (at === -1 || at + 3 + element.length > end) return 0;
    tag.lastIndex = at;
    if (tag.test(text) && tag.lastIndex <= end) {
      const behind = blankBehind(text, tag.lastIndex, end);
      if (behind !== undefined) return behind - start;
    }
    at++;
  }
}

function blankBehind(text: string, start: number, end: number): number | undefined {
  let at = start;
  for (let line = 0; line < 2; line++) {
    if (at >= end) return at;
    const length = blankLineLength(text, at, end);
    if (length === 0) return undefined;
    at += length;
  }
  return at;
}
