import { codeSpanEnd } from './markdown-code';
import { isSeparator, isTableLine, skipBlanks } from './markdown-lines';
import type { ScanBudget } from './scan-budget';

/** Gets the place of a cell's text. */
type OnCell = (start: number, end: number, isHead: boolean) => void;

/** Reads the table at `start`. @returns where the text goes on behind it */
export function readTable(text: string, start: number, end: number, budget: ScanBudget, onCell: OnCell): number {
  let headEnd = start;
  while (headEnd < end && text[headEnd] !== '\n') headEnd++;
  if (headEnd >= end) {
    readRow(text, start, end, budget, (cell, cellEnd) => onCell(cell, cellEnd, false));
    return end;
  }
  let at = headEnd + 1;
  while (at < end && ' \t-:|'.includes(text.charAt(at))) at++;
  if (at < end && text[at] === '\n') {
    readRow(text, start, headEnd, budget, (cell, cellEnd) => onCell(cell, cellEnd, true));
    at++;
  } else {
    at = start;
  }
  while (at < end && isTableLine(text, at, end, budget)) {
    at = readRow(text, at, end, budget, (cell, cellEnd) => onCell(cell, cellEnd, false));
  }
  return at;
}

function readRow(
  text: string,
  start: number,
  end: number,
  budget: ScanBudget,
  onCell: (start: number, end: number) => void,
): number {
  let at = skipBlanks(text, start, end);
  if (at < end && text[at] === '|') at++;
  let behind: number | undefined;
  while (at < end && behind === undefined) {
    if (text[at] === ':') at++;
    at = skipBlanks(text, at, end);
    const cell = at;
    while (at < end && !isSeparator(text, start, at) && text[at] !== '\n') {
      at = text[at] === '`' ? codeSpanEnd(text, at, end, budget) : at + 1;
    }
    let cellEnd = at;
    if (at < end) {
      if (text[at] === '\n') behind = at + 1;
      at++;
    }
    if (at > cell && text[cellEnd - 1] === ':') cellEnd--;
    while (cellEnd > cell && (text[cellEnd - 1] === ' ' || text[cellEnd - 1] === '\t')) cellEnd--;
    // The separator at the end of a line begins no cell.
    if (behind !== undefined && cellEnd <= cell) continue;
    if (cellEnd >= cell) onCell(cell, cellEnd);
  }
  return behind ?? end;
}
