import { hexOf } from '../codec/hex';
import { bytesOfText } from '../codec/byte-text';
import { endOfQuoted } from '../codec/sql-quoted';
import { textOf } from '../codec/utf8';
import type { SqlValue } from '../platform/sqlite';

/** A row of a `config` card: `MTIME KEY COL VALUE COL VALUE …`, values as SQL literals (fossil.md 4.4). */
export interface ConfigRow {
  /** Unix seconds; a Julian day for `/reportfmt`. */
  mtime: number;
  key: string;
  columns: Map<string, SqlValue>;
}

/** A token that is no quoted text. */
const TOKEN = /[xX]'([0-9a-fA-F]*)'|([A-Za-z0-9_.+-]+)/y;

/** @returns undefined when any token is no plain SQL literal: such a row is not to be trusted */
export function parseConfigRow(payload: Uint8Array): ConfigRow | undefined {
  const values = literals(textOf(payload));
  const [mtime, key, ...rest] = values ?? [];
  if (typeof mtime !== 'number' || typeof key !== 'string' || rest.length % 2 !== 0) return undefined;
  const columns = new Map<string, SqlValue>();
  for (let index = 0; index < rest.length; index += 2) {
    const name = rest[index];
    if (typeof name !== 'string' || !/^[a-z]+$/.test(name)) return undefined;
    columns.set(name, rest[index + 1] ?? null);
  }
  return { mtime, key, columns };
}

export function formatConfigRow({ mtime, key, columns }: ConfigRow): Uint8Array {
  const pairs = [...columns].map(([name, value]) => ` ${name} ${literal(value)}`);
  return bytesOfText(`${mtime} ${literal(key)}${pairs.join('')}`);
}

/** Tokens of a row; bare words (column names) come as strings, `NULL` as null. */
function literals(text: string): SqlValue[] | undefined {
  const values: SqlValue[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++;
      continue;
    }
    if (text.charAt(at) === "'") {
      const end = endOfQuoted(text, at);
      if (end === undefined) return undefined;
      values.push(text.slice(at + 1, end - 1).replaceAll("''", "'"));
      at = end;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    at = TOKEN.lastIndex;
    const [, blob, word] = match;
    values.push(blob === undefined ? valueOfWord(word ?? '') : bytesOfHex(blob));
  }
  return values;
}

function valueOfWord(word: string): SqlValue {
  if (word === 'NULL') return null;
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(word) ? Number(word) : word;
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function literal(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return `X'${hexOf(value).toUpperCase()}'`;
}
