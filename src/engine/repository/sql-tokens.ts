import { endOfQuoted } from '../codec/sql-quoted';

/** A token of SQL, without white space and comments. */
export interface SqlToken {
  /** `name`: a word that is not quoted, lower-cased in `value`; `quoted`: a quoted name; `text`: a string. */
  kind: 'name' | 'quoted' | 'text' | 'number' | 'sign';
  /** Of names without their quotes. */
  value: string;
  start: number;
  end: number;
}

const SPACE_OR_COMMENT = /[ \t\n\f\r]+|--[^\n]*|\/\*[^]*?\*\//y;
const QUOTES = `'"\``;
/** A token that does not stand in these. */
const TOKEN =
  /(?<name>[a-z_][\w$]*)|(?<number>[0-9][\w.]*)|(?<bracketed>\[[^\]]*\])|(?<sign>\|\||[-(),;.+*/<>=!|&~%])/iy;

/** @returns undefined when something stands there that is none of SQLite's tokens, or a parameter, or a name with letters beyond ASCII */
export function sqlTokens(sql: string): SqlToken[] | undefined {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    SPACE_OR_COMMENT.lastIndex = at;
    if (SPACE_OR_COMMENT.test(sql)) {
      at = SPACE_OR_COMMENT.lastIndex;
      continue;
    }
    const token = tokenAt(sql, at);
    if (token === undefined) return undefined;
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function tokenAt(sql: string, start: number): SqlToken | undefined {
  if (QUOTES.includes(sql.charAt(start))) {
    const end = endOfQuoted(sql, start);
    if (end === undefined) return undefined;
    const raw = sql.slice(start, end);
    return raw.startsWith("'")
      ? { kind: 'text', value: raw, start, end }
      : { kind: 'quoted', value: unquoted(raw), start, end };
  }
  TOKEN.lastIndex = start;
  const groups = TOKEN.exec(sql)?.groups;
  if (groups === undefined) return undefined;
  const end = TOKEN.lastIndex;
  const raw = sql.slice(start, end);
  if (groups['name'] !== undefined) return { kind: 'name', value: raw.toLowerCase(), start, end };
  if (groups['number'] !== undefined) return { kind: 'number', value: raw, start, end };
  if (groups['bracketed'] !== undefined) return { kind: 'quoted', value: unquoted(raw), start, end };
  return { kind: 'sign', value: raw, start, end };
}

function unquoted(raw: string): string {
  const quote = raw.charAt(0);
  const inside = raw.slice(1, -1);
  return quote === '[' ? inside : inside.replaceAll(quote + quote, quote);
}
