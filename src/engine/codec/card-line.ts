import { byteTextOf } from './byte-text';

/** Tokens of a sync card beyond these are dropped (fossil.md 2.1). */
export const MAXIMUM_TOKENS = 6;
/** The largest value of a card's 32-bit integer. */
export const MAXIMUM_INTEGER = 2147483647;

const HASH_SIGN = 0x23;

/** @returns whether the line of a sync message is a comment */
export function isComment(line: Uint8Array): boolean {
  return line[0] === HASH_SIGN;
}

/**
 * Splits a line of a sync message at runs of ASCII whitespace into at most six tokens (fossil.md 2.1). The tokens are still
 * fossil-encoded; bytes that are no UTF-8 survive as `byteTextOf` has it.
 *
 * @param line - with or without its line feed
 */
export function splitTokens(line: Uint8Array): string[] {
  const tokens: string[] = [];
  let position = 0;
  while (tokens.length < MAXIMUM_TOKENS) {
    while (position < line.length && isSpace(line[position] as number)) position++;
    if (position === line.length) break;
    const start = position;
    while (position < line.length && !isSpace(line[position] as number)) position++;
    tokens.push(byteTextOf(line.subarray(start, position)));
  }
  return tokens;
}

/**
 * Reads an unsigned decimal integer of a card; an empty token is 0 (fossil.md 0).
 *
 * @param maximum - the largest value taken: 32-bit unless the card's rule says otherwise
 * @returns undefined when the token is not one
 */
export function parseInteger(token: string, maximum: number = MAXIMUM_INTEGER): number | undefined {
  let value = 0;
  for (let i = 0; i < token.length; i++) {
    const digit = token.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > maximum) return undefined;
  }
  return value;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
