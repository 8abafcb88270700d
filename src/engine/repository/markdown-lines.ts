import { codeSpanEnd } from './markdown-code';
import type { ScanBudget } from './scan-budget';

/** @returns the length of the line at `start` with its end when it is blank, else 0 */
export function blankLineLength(text: string, start: number, end: number): number {
  let at = start;
  for (; at < end && text[at] !== '\n'; at++) if (text[at] !== ' ' && text[at] !== '\t') return 0;
  return at + 1 - start;
}

export function isRule(text: string, start: number, end: number): boolean {
  if (end - start < 3) return false;
  const at = skipIndent(text, start, end);
  const mark = text.charAt(at);
  if (at + 2 >= end || !'*-_'.includes(mark)) return false;
  let count = 0;
  for (let i = at; i < end && text[i] !== '\n'; i++) {
    if (text[i] === mark) count++;
    else if (text[i] !== ' ' && text[i] !== '\t') return false;
  }
  return count >= 3;
}

/** Whether the line at `start` makes a heading of what stands above it. */
export function isUnderline(text: string, start: number, end: number): boolean {
  const mark = text[start];
  if (mark !== '=' && mark !== '-') return false;
  let at = start + 1;
  while (at < end && text[at] === mark) at++;
  while (at < end && (text[at] === ' ' || text[at] === '\t')) at++;
  return at >= end || text[at] === '\n';
}

/** @returns the length of `> ` before quoted text, else 0 */
export function quotePrefix(text: string, start: number, end: number): number {
  const at = skipIndent(text, start, end);
  if (at >= end || text[at] !== '>') return 0;
  const isSpaced = at + 1 < end && (text[at + 1] === ' ' || text[at + 1] === '\t');
  return at + (isSpaced ? 2 : 1) - start;
}

export function codePrefix(text: string, start: number, end: number): number {
  if (end > start && text[start] === '\t') return 1;
  return end - start > 3 && text.startsWith('    ', start) ? 4 : 0;
}

/** Whether a fence of backticks or tildes begins here. */
export function isFence(text: string, start: number, end: number): boolean {
  const mark = text[start];
  if (mark !== '`' && mark !== '~') return false;
  const size = end - start;
  let width = 1;
  while (width < size - 3 && text[start + width] === mark) width++;
  return width >= 3 && width < size - width;
}

/** @returns the length of a bullet or number with the blanks around it, else 0 */
export function itemPrefix(text: string, start: number, end: number): number {
  return bulletPrefix(text, start, end) || numberPrefix(text, start, end);
}

export function bulletPrefix(text: string, start: number, end: number): number {
  const at = skipIndent(text, start, end);
  if (at + 1 >= end || !'*+-'.includes(text.charAt(at))) return 0;
  return text[at + 1] === ' ' || text[at + 1] === '\t' ? skipBlanks(text, at + 2, end) - start : 0;
}

export function numberPrefix(text: string, start: number, end: number): number {
  const digits = skipIndent(text, start, end);
  let at = digits;
  while (at < end && /[0-9]/.test(text.charAt(at))) at++;
  if (at === digits || at + 1 >= end || (text[at] !== '.' && text[at] !== ')')) return 0;
  return text[at + 1] === ' ' || text[at + 1] === '\t' ? skipBlanks(text, at + 2, end) - start : 0;
}

/** Whether a bar at `at` ends a cell of a table that begins at `start`. */
export function isSeparator(text: string, start: number, at: number): boolean {
  return text[at] === '|' && (at === start || text[at - 1] !== '\\');
}

export function isTableLine(text: string, start: number, end: number, budget: ScanBudget): boolean {
  let at = skipBlanks(text, start, end);
  let outer = at < end && text[at] === '|' ? 1 : 0;
  let separators = 0;
  while (at < end && text[at] !== '\n') {
    if (isSeparator(text, start, at)) separators++;
    at = text[at] === '`' ? codeSpanEnd(text, at, end, budget) : at + 1;
  }
  budget.spend(at - start);
  while (at > start && ' \t\n'.includes(text.charAt(at - 1))) at--;
  if (at > start && isSeparator(text, start, at - 1)) outer++;
  return separators > 0 && separators - outer + 1 !== 0;
}

export function skipBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && (text[at] === ' ' || text[at] === '\t')) at++;
  return at;
}

/** Skips at most three spaces. */
function skipIndent(text: string, start: number, end: number): number {
  let at = start;
  while (at < start + 3 && at < end && text[at] === ' ') at++;
  return at;
}
