import { byteTextOf, bytesOfText } from '../codec/byte-text';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, number | undefined>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': QUOTE,
  '\\': BACKSLASH,
};

/** A path at the start of `text`, and what follows its closing quote. */
export interface QuotedPath {
  path: string;
  rest: string;
}

/**
 * Reads a path in C's quotes, as Git writes names that a plain line cannot hold.
 * @param text - starts with the quote; text of bytes, as the path that is returned
 * @returns undefined when the quotes do not end or an escape is unknown
 */
export function readQuotedPath(text: string): QuotedPath | undefined {
  const end = closingQuote(text);
  if (end === undefined) return undefined;
  const quoted = text.slice(1, end);
  const rest = text.slice(end + 1);
  if (!quoted.includes('\\')) return { path: quoted, rest };
  const bytes: number[] = [];
  const source = bytesOfText(quoted);
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    if (byte !== BACKSLASH) {
      bytes.push(byte);
      continue;
    }
    const escape = String.fromCharCode(source[i + 1] ?? 0);
    const octal = /^[0-3][0-7]{2}$/.exec(String.fromCharCode(...source.subarray(i + 1, i + 4)))?.[0];
    const value = octal === undefined ? ESCAPES[escape] : parseInt(octal, 8);
    if (value === undefined) return undefined;
    bytes.push(value);
    i += octal === undefined ? 1 : 3;
  }
  return { path: byteTextOf(Uint8Array.from(bytes)), rest };
}

/** A path as a line can hold it: as it stands, or in quotes where Git would take it for something else. */
export function quotePath(path: string): string {
  // Who reads lines with CR LF drops a CR at their end.
  if (!path.startsWith('"') && !path.includes('\n') && !path.endsWith('\r')) return path;
  return `"${path.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`;
}

function closingQuote(text: string): number | undefined {
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return undefined;
}
