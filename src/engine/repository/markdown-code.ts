import type { ScanBudget } from './scan-budget';

/** @returns where the text goes on behind the code span whose mark of backticks stands at `at`, or behind the mark when nothing ends it */
export function codeSpanEnd(text: string, at: number, end: number, budget: ScanBudget): number {
  const span = codeSpanLength(text, at, end, budget);
  if (span > 0) return at + span;
  let behind = at;
  while (behind < end && text[behind] === '`') behind++;
  return behind;
}

/** @returns the length of the code span at `at`, where its mark stands (backticks, or tildes of a fenced block); 0 when nothing ends it */
export function codeSpanLength(text: string, at: number, end: number, budget: ScanBudget): number {
  const mark = text[at];
  let inside = at;
  while (inside < end && text[inside] === mark) inside++;
  const width = inside - at;
  let count = 0;
  let behind = inside;
  for (; behind < end && count < width; behind++) count = text[behind] === mark ? count + 1 : 0;
  budget.spend(behind - at);
  return count === width ? behind - at : 0;
}
