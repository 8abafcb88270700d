import { bytesOfText } from '../engine/codec/byte-text';
import type { LinePair } from '../engine/codec/line-pairs';
import type { Hunk } from '../engine/codec/text-diff';

const NUMBER_COLUMNS = 6;
/** Columns of a row besides the two texts. */
const FRAME_COLUMNS = 16;
/** The narrowest side that a title with two names is made for. */
const NARROWEST_TITLE = 20;
/** A byte that continues a character, in text that is not UTF-8 (`byteTextOf`). */
const CONTINUATION = /^[\uDC80-\uDCBF]$/;

/** The line above two columns: the name, or both where they differ. As with Fossil, lengths are those in bytes. */
export function sideBySideTitle(before: string, after: string, width: number): string {
  const rule = (count: number): string => '='.repeat(Math.floor(count));
  if (before === after) {
    const name = firstCharacters(before, width * 2);
    const rest = width * 2 + FRAME_COLUMNS - 1 - bytesOfText(name).length;
    return `${rule(rest / 2)} ${name} ${rule((rest + 1) / 2)}\n`;
  }
  const side = Math.max(width, NARROWEST_TITLE);
  const [left, right] = [firstCharacters(before, side - 10), firstCharacters(after, side - 10)];
  const [leftRest, rightRest] = [side - bytesOfText(left).length, side - bytesOfText(right).length];
  return [
    `${rule((leftRest + 10) / 2)} ${left} ${rule((leftRest + 1) / 2)} versus `,
    `${rule(rightRest / 2)} ${right} ${rule((rightRest + 1) / 2)}\n`,
  ].join('');
}

/** Rows of two columns of text, each `width` characters wide, as `fossil diff -y` prints them; dots stand for lines that are left out. */
export function sideBySideRows(hunks: readonly Hunk[], width: number): string {
  const dots = `${'.'.repeat(width * 2 + FRAME_COLUMNS)}\n`;
  return hunks
    .map((hunk, index) => {
      const former = hunks[index - 1]?.before;
      // Nothing is left out where a hunk begins at the end of the one above.
      const follows = former === undefined || firstLine(hunk.before) === firstLine(former) + former.count;
      return (follows ? '' : dots) + hunkRows(hunk, width);
    })
    .join('');
}

function hunkRows({ before, after, pairs = [] }: Hunk, width: number): string {
  let left = firstLine(before);
  let right = firstLine(after);
  return pairs
    .map((pair) => {
      const row = pairRow(pair, { left, right, width });
      if (pair.before !== undefined) left++;
      if (pair.after !== undefined) right++;
      return `${row}\n`;
    })
    .join('');
}

function firstLine({ line, count }: Hunk['before']): number {
  return count === 0 ? line + 1 : line;
}

function pairRow(
  { before, after, isSame }: LinePair,
  { left, right, width }: { left: number; right: number; width: number },
): string {
  const number = (line: number): string => String(line).padStart(NUMBER_COLUMNS);
  const leftSide =
    before === undefined ? ' '.repeat(NUMBER_COLUMNS + 1 + width) : `${number(left)} ${filled(before, width)}`;
  if (after === undefined) return `${leftSide} <`;
  const sign = before === undefined ? '>' : isSame ? ' ' : '|';
  return `${leftSide} ${sign} ${number(right)} ${firstCharacters(after, width)}`;
}

function filled(text: string, width: number): string {
  const shown = firstCharacters(text, width);
  return shown + ' '.repeat(width - Array.from(shown).filter((character) => !CONTINUATION.test(character)).length);
}

/** Whole characters, where Fossil may leave off within one. */
function firstCharacters(text: string, most: number): string {
  let [count, end] = [0, 0];
  for (const character of text) {
    if (!CONTINUATION.test(character) && ++count > most) break;
    end += character.length;
  }
  return text.slice(0, end);
}
