import { textOf, utf8 } from './utf8';

/**
 * A path as Fossil writes it into a URL: spaces become plus signs, and what is neither a letter, a digit nor one of `. $ ~ - _ / :` its
 * UTF-8 bytes in hex (fossil.md 1.5).
 */
export function escapeUrlPath(path: string): string {
  let escaped = '';
  for (const byte of utf8(path)) {
    const char = String.fromCharCode(byte);
    if (char === ' ') escaped += '+';
    else escaped += /[A-Za-z0-9.$~\-_/:]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** The reverse. A `%` that starts no escape stands for itself. @returns undefined when the bytes are no text */
export function unescapeUrlPath(escaped: string): string | undefined {
  const bytes: number[] = [];
  const whole = utf8(escaped.replaceAll('+', ' '));
  for (let at = 0; at < whole.length; at++) {
    const hex = whole[at] === PERCENT ? textOf(whole.subarray(at + 1, at + 3)) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      bytes.push(parseInt(hex, 16));
      at += 2;
    } else bytes.push(whole[at] ?? 0);
  }
  const text = textOf(Uint8Array.from(bytes));
  return text.includes('\ufffd') || text.includes('\0') ? undefined : text;
}

const PERCENT = 0x25;
