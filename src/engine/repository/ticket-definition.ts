/**
 * What a project's own definition of its ticket tables may do: make tables, indexes and views whose names begin with `ticket` or `fx_`. It
 * comes from a server, and SQL could do anything; Fossil guards it with an authorizer, which not every SQLite driver has.
 */
export function isHarmlessTicketDefinition(sql: string): boolean {
  const statements = statementsOf(sql);
  return statements !== undefined && statements.every(isHarmless);
}

/** Strings, comments, quoted names, words and single characters of SQL. */
const TOKEN =
  /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\p{L}\p{N}_$]+|\s+|[^]/gu;

/** @returns the tokens of each statement without comments and spaces, undefined when a quotation never ends */
function statementsOf(sql: string): string[][] | undefined {
  const statements: string[][] = [[]];
  for (const [token] of sql.matchAll(TOKEN)) {
    if (/^(?:['"`[]|\/\*?)$/.test(token)) return undefined;
    if (token === ';') statements.push([]);
    else if (!/^(?:--|\/\*|\s)/.test(token)) statements.at(-1)?.push(token);
  }
  return statements.filter((tokens) => tokens.length > 0);
}

function isHarmless(tokens: readonly string[]): boolean {
  const words = tokens.map((token) => token.toLowerCase());
  const start = words[0] === 'create' ? 1 : undefined;
  if (start === undefined) return false;
  const kindAt = words[start] === 'unique' ? start + 1 : start;
  const nameAt = words[kindAt + 1] === 'if' ? kindAt + 4 : kindAt + 1;
  switch (words[kindAt]) {
    case 'table':
      // A list of columns: "CREATE TABLE ... AS SELECT" could run for ever.
      return isOwnName(tokens[nameAt]) && words[nameAt + 1] === '(';
    case 'view':
      return isOwnName(tokens[nameAt]);
    case 'index':
      return words[nameAt + 1] === 'on' && isOwnName(tokens[nameAt + 2]);
    default:
      return false;
  }
}

function isOwnName(token: string | undefined): boolean {
  return token !== undefined && /^["`[]?(?:ticket|fx_)/i.test(token);
}
