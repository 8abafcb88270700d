import { DERIVED_SCHEMA, PERMANENT_SCHEMA } from './schema';
import { type SqlToken, sqlTokens } from './sql-tokens';

/** Makes one table or index. */
export interface TicketSchemaStatement {
  /** Of the table or index. */
  name: string;
  kind: 'table' | 'index';
  sql: string;
}

/** What may be run of the SQL that a project defines its ticket tables with. */
export interface TicketSchema {
  statements: TicketSchemaStatement[];
  /** What was left out, in sentences for the user. */
  warnings: string[];
}

/** Statements that Fossil may allow, and a project's tables can do without. */
const LEFT_OUT = new Set(['drop', 'insert', 'replace', 'update', 'delete', 'select', 'view']);
/** Words that stand before a parenthesis without being a function. */
const BEFORE_PARENTHESIS = new Set([
  'key',
  'unique',
  'check',
  'default',
  'as',
  'in',
  'and',
  'or',
  'not',
  'when',
  'then',
  'else',
  'case',
  'like',
  'between',
  'on',
  'where',
]);
/** Functions that answer at once and with little. */
const FUNCTIONS = new Set(
  (
    'abs coalesce ifnull iif nullif length lower upper trim ltrim rtrim substr substring instr max min round typeof cast ' +
    'date time datetime julianday strftime unixepoch json_extract json_valid'
  ).split(' '),
);
/** Each can double a value: many together would fill the memory. */
const MOST_CONCATENATIONS = 8;
const FOSSIL_NAMES = new Set(
  [...`${PERMANENT_SCHEMA}${DERIVED_SCHEMA}`.matchAll(/CREATE (?:TABLE|INDEX) (\w+)/g)].map((match) => match[1]),
);

/**
 * Takes the SQL of the setting `ticket-table` apart. It comes from a server and may be hostile: nothing is run but the making of
 * ordinary tables, whose names begin with `ticket` or `fx_`, and of indexes on them, with harmless expressions.
 *
 * @returns undefined when there is something in it that Fossil would not allow either, or that is not understood
 */
export function checkTicketSchema(sql: string): TicketSchema | undefined {
  const tokens = sqlTokens(sql);
  if (tokens === undefined) return undefined;
  if (tokens.filter(({ value }) => value === '||').length > MOST_CONCATENATIONS) return undefined;
  const schema: TicketSchema = { statements: [], warnings: [] };
  for (const statement of statementsOf(tokens)) {
    const reader = new TokenReader(sql, statement);
    const verb = reader.word();
    const noun = verb === 'create' ? reader.word() : undefined;
    if (LEFT_OUT.has(noun ?? verb ?? '')) {
      schema.warnings.push(`The ticket tables were made without this statement of the project: ${reader.text()}`);
      continue;
    }
    const made = verb !== 'create' ? undefined : noun === 'table' ? readTable(reader) : readIndex(reader, noun);
    if (made === undefined) return undefined;
    schema.statements.push(made);
  }
  return schema;
}

function readTable(reader: TokenReader): TicketSchemaStatement | undefined {
  reader.ifNotExists();
  const name = reader.ownName();
  if (name === undefined || !isTicketTable(name.value)) return undefined;
  const body = reader.rest();
  const close = body.findLastIndex(({ value }) => value === ')');
  const isTable = body[0]?.value === '(' && closesAt(body) === close;
  const areOptions = body.slice(close + 1).every(({ value }) => ['without', 'rowid', 'strict', ','].includes(value));
  if (!isTable || !areOptions || !isHarmless(body, 1)) return undefined;
  return { name: name.value, kind: 'table', sql: `CREATE TABLE ${name.text} ${reader.restText()}` };
}

function readIndex(reader: TokenReader, noun: string | undefined): TicketSchemaStatement | undefined {
  const isUnique = noun === 'unique';
  if ((isUnique ? reader.word() : noun) !== 'index') return undefined;
  reader.ifNotExists();
  const name = reader.ownName();
  if (name === undefined || FOSSIL_NAMES.has(name.value) !== (name.value === 'ticketchng_idx1')) return undefined;
  const rest = reader.rest();
  const [on, table] = rest;
  if (on?.value !== 'on' || on.kind !== 'name' || table === undefined || !isTicketTable(table.value)) return undefined;
  if (rest[2]?.value !== '(' || !isHarmless(rest.slice(2), 0)) return undefined;
  return {
    name: name.value,
    kind: 'index',
    sql: `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${name.text} ${reader.restText()}`,
  };
}

function isTicketTable(name: string): boolean {
  return /^(?:ticket|fx_)/i.test(name);
}

/** @returns the index of the parenthesis that closes the first one, -1 when none does */
function closesAt(tokens: readonly SqlToken[]): number {
  let depth = 0;
  return tokens.findIndex(({ kind, value }) => {
    if (kind === 'sign' && value === '(') depth++;
    if (kind === 'sign' && value === ')') depth--;
    return depth === 0;
  });
}

/** @param typeDepth - how deep in parentheses the types of columns stand, and no functions can; 0 where there are no types */
function isHarmless(tokens: readonly SqlToken[], typeDepth: number): boolean {
  let depth = 0;
  return tokens.every((token, index) => {
    if (token.kind === 'sign') depth += token.value === '(' ? 1 : token.value === ')' ? -1 : 0;
    if (token.kind === 'name' && ['select', 'values', 'with'].includes(token.value)) return false;
    const next = tokens[index + 1];
    if (next?.kind !== 'sign' || next.value !== '(') return true;
    if (token.kind !== 'name' && token.kind !== 'quoted') return true;
    if (token.kind === 'name' && (BEFORE_PARENTHESIS.has(token.value) || FUNCTIONS.has(token.value))) return true;
    if (isReference(tokens, index)) return true;
    return depth > 0 && depth === typeDepth && isSize(tokens.slice(index + 1, index + 6));
  });
}

/** `(100)` or `(10,2)` behind the name of a type. */
function isSize(tokens: readonly SqlToken[]): boolean {
  return /^\(\d+(?:,\d+)?\)/.test(tokens.map(({ value }) => value).join(''));
}

/** Columns of the table that a foreign key names, or of the index behind ON. */
function isReference(tokens: readonly SqlToken[], index: number): boolean {
  return tokens[index - 1]?.value === 'references';
}

function* statementsOf(tokens: readonly SqlToken[]): Generator<SqlToken[]> {
  let statement: SqlToken[] = [];
  for (const token of tokens) {
    if (token.kind !== 'sign' || token.value !== ';') {
      statement.push(token);
    } else {
      if (statement.length > 0) yield statement;
      statement = [];
    }
  }
  if (statement.length > 0) yield statement;
}

/** Reads one statement from its beginning. */
class TokenReader {
  readonly #sql: string;
  readonly #tokens: readonly SqlToken[];
  #at = 0;

  constructor(sql: string, tokens: readonly SqlToken[]) {
    this.#sql = sql;
    this.#tokens = tokens;
  }

  /** @returns the next token when it is a word */
  word(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name') return undefined;
    this.#at++;
    return token.value;
  }

  ifNotExists(): void {
    const words = this.#tokens.slice(this.#at, this.#at + 3).map(({ value }) => value);
    if (words.join(' ') === 'if not exists') this.#at += 3;
  }

  /** A name in the repository itself: another database's is none. `text` is how it stands there */
  ownName(): { value: string; text: string } | undefined {
    const [first, dot, second] = this.#tokens.slice(this.#at, this.#at + 3);
    const isQualified = dot?.value === '.';
    if (isQualified && first !== undefined && !/^(?:main|repository)$/i.test(first.value)) return undefined;
    const name = isQualified ? second : first;
    if (name === undefined || (name.kind !== 'name' && name.kind !== 'quoted')) return undefined;
    this.#at += isQualified ? 3 : 1;
    return { value: name.value.toLowerCase(), text: this.#sql.slice(name.start, name.end) };
  }

  rest(): readonly SqlToken[] {
    return this.#tokens.slice(this.#at);
  }

  restText(): string {
    return this.#sql.slice(this.#tokens[this.#at]?.start, this.#tokens.at(-1)?.end);
  }

  text(): string {
    return this.#sql.slice(this.#tokens[0]?.start, this.#tokens.at(-1)?.end);
  }
}
