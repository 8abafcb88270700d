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
const TOKEN =
  /(?<name>[a-z_][\w$]*)|(?<number>[0-9][\w.]*)|(?<text>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<sign>\|\||[-(),;.+*/<>=!|&~%])/iy;

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
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(sql)?.groups;
    if (groups === undefined) return undefined;
    const end = TOKEN.lastIndex;
    const raw = sql.slice(at, end);
    if (groups['name'] !== undefined) tokens.push({ kind: 'name', value: raw.toLowerCase(), start: at, end });
    else if (groups['number'] !== undefined) tokens.push({ kind: 'number', value: raw, start: at, end });
    else if (groups['text'] !== undefined) tokens.push({ kind: 'text', value: raw, start: at, end });
    else if (groups['quoted'] !== undefined) tokens.push({ kind: 'quoted', value: unquoted(raw), start: at, end });
    else tokens.push({ kind: 'sign', value: raw, start: at, end });
    at = end;
  }
  return tokens;
}

function unquoted(raw: string): string {
  const quote = raw.charAt(0);
  const inside = raw.slice(1, -1);
  return quote === '[' ? inside : inside.replaceAll(quote + quote, quote);
}
