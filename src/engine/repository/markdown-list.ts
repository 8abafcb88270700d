import { blankLineLength, isRule, itemPrefix } from './markdown-lines';

/** An item of a list, its mark and indentation removed. */
export interface ListItem {
  content: string;
  /** Where in the content a list within it begins. */
  sublist?: number;
  /** Whether it holds blocks; those behind it do as well. */
  isBlock: boolean;
  /** Whether the list ends with it. */
  isLast: boolean;
  /** Where the text goes on. */
  next: number;
}

/**
 * Reads the item of a list at `start`.
 *
 * @param isBlock - whether one before it holds blocks
 * @returns undefined when none stands there
 */
export function readListItem(text: string, start: number, end: number, isBlock: boolean): ListItem | undefined {
  const prefix = itemPrefix(text, start, end);
  if (prefix === 0) return undefined;
  const indent = indentAt(text, start, end, 3);
  let at = lineEndBehind(text, start + prefix, end);
  const parts = [text.slice(start + prefix, at)];
  let length = at - (start + prefix);
  const append = (part: string): void => {
    parts.push(part);
    length += part.length;
  };
  let isBehindBlank = false;
  let hasBlank = false;
  let isLast = false;
  let sublist: number | undefined;
  while (at < end) {
    const behind = lineEndBehind(text, at + 1, end);
    if (blankLineLength(text, at, behind) > 0) {
      isBehindBlank = true;
      at = behind;
      continue;
    }
    const isTab = text[at] === '\t';
    const skipped = isTab ? 1 : indentAt(text, at, behind, 4);
    const inside = at + skipped;
    if (itemPrefix(text, inside, behind) > 0 && !isRule(text, inside, behind)) {
      if (isBehindBlank) hasBlank = true;
      if ((isTab ? 8 : skipped) === indent) break;
      if (sublist === undefined || sublist === 0) sublist = length;
    } else if (isBehindBlank && skipped < 4 && !isTab) {
      isLast = true;
      break;
    } else if (isBehindBlank) {
      append('\n');
      hasBlank = true;
    }
    isBehindBlank = false;
    append(text.slice(inside, behind));
    at = behind;
  }
  return {
    content: parts.join(''),
    ...(sublist !== undefined && sublist > 0 && sublist < length ? { sublist } : {}),
    isBlock: isBlock || hasBlank,
    isLast,
    next: at,
  };
}

function indentAt(text: string, start: number, end: number, most: number): number {
  let count = 0;
  while (count < most && end - start > Math.min(count + 1, 3) && text[start + count] === ' ') count++;
  return count;
}

/** @returns the place behind the first line end at or behind `from - 1` */
function lineEndBehind(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text[at - 1] !== '\n') at++;
  return at;
}
