import { bytesOfText } from './byte-text';

/** More bytes of a line are not looked at. */
const MOST_BYTES = 250;
const SPACES = new Set([' ', '\t', '\b', '\n', '\f', '\r']);
/** How unlike a line and one without content are. */
const EMPTY = 68;

/** A line of a changed stretch, made ready for comparisons with many others. */
export interface ChangedLine {
  text: string;
  /** The beginning of it in UTF-8, without the white space around it. */
  bytes: Uint8Array;
  /** Lines with equal ones differ in white space alone. */
  spaceless: string;
}

export function changedLine(text: string): ChangedLine {
  let [start, end] = [0, text.length];
  while (start < end && SPACES.has(text.charAt(start))) start++;
  while (end > start && SPACES.has(text.charAt(end - 1))) end--;
  const trimmed = text.slice(start, end);
  const bytes = bytesOfText(trimmed);
  // Fossil takes lines of different lengths for different here.
  const spaceless = `${bytes.length} ${trimmed.replaceAll(/[ \t\b\f\r]/g, '')}`;
  return { text, bytes: bytes.subarray(0, MOST_BYTES), spaceless };
}

/**
 * How unlike two lines are: 0 for equal ones, 100 for those that have nothing in common. What counts is the longest stretch of bytes that is in
 * both, and a beginning in common one and a half times (Fossil's measure).
 */
export function unlikeness({ bytes: a }: ChangedLine, { bytes: b }: ChangedLine): number {
  const average = Math.floor((a.length + b.length) / 2);
  if (average === 0) return 0;
  const shorter = Math.min(a.length, b.length);
  if (shorter === 0) return EMPTY;
  let prefix = 0;
  while (prefix < shorter && a[prefix] === b[prefix]) prefix++;
  if (prefix === a.length && prefix === b.length) return 0;
  const isLong = prefix > 5 && prefix > Math.floor(shorter / 2);
  const best = longestCommon(a, b, isLong ? Math.min(Math.floor((prefix * 3) / 2), average - 2) : 0);
  return 5 + (best >= average ? 0 : Math.floor(((average - best) * 95) / average));
}

/** @returns the length of the longest stretch in common, when it is longer than `best` */
function longestCommon(a: Uint8Array, b: Uint8Array, best: number): number {
  // Fossil never begins a stretch at the last byte of the second line.
  for (let i = 0; i < a.length - best; i++) {
    for (let j = b.indexOf(a[i] as number); j >= 0 && j + 1 < b.length - best; j = b.indexOf(a[i] as number, j + 1)) {
      let length = 0;
      while (i + length < a.length && j + length < b.length && a[i + length] === b[j + length]) length++;
      // As in Fossil, the first place that does not continue what is known ends the search for this byte.
      if (length < best) break;
      best = Math.max(best, length);
    }
  }
  return best;
}
