import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RewrittenStatements } from './rewritten-statements';
import type { SqlRow, SqlValue, Statement } from './sqlite';
import { sqliteError } from './sqlite-errors';

type Bindable = SqlValue | bigint;
/** Values by name, then by place. */
type Bound = [named: Record<string, Bindable>, ...positional: Bindable[]];

const NOTHING_NAMED: Readonly<Record<string, Bindable>> = {};
/** What is bound stays in memory, a copy of its own, until something else is: more bytes than this are let go as soon as they have been used. */
const MOST_LEFT_BOUND = 1024 * 1024;
/** A parameter such as `?1`. */
const NUMBERED = /\?\d/;

/**
 * A statement of `node:sqlite`, which ends each run before the next can begin; only iterations overlap, and have a statement each.
 */
export class NativeStatement implements Statement {
  readonly #connection: DatabaseSync;
  readonly #sql: string;
  readonly #path: string;
  readonly #isNumbered: boolean;
  readonly #statement: StatementSync;
  readonly #hasArrays: boolean;
  readonly #rewritten: RewrittenStatements;
  #names: string[] = [];
  #idle: StatementSync[] = [];
  #holdsMuch = false;

  constructor(connection: DatabaseSync, sql: string, path: string) {
    this.#connection = connection;
    this.#rewritten = new RewrittenStatements(sql, (other) => new NativeStatement(connection, other, path));
    this.#sql = sql;
    this.#path = path;
    this.#isNumbered = NUMBERED.test(sql);
    this.#statement = connection.prepare(sql);
    this.#hasArrays = returnArrays(this.#statement);
  }

  run(...parameters: SqlValue[]): { changes: number; lastInsertRowid: number } {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) return other.statement.run(...other.parameters);
    try {
      const { changes, lastInsertRowid } = this.#statement.run(...this.#bound(parameters));
      return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
    } catch (error) {
      throw sqliteError(error, this.#path);
    } finally {
      if (this.#holdsMuch) this.#letGo();
    }
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Statement
  get<Row = SqlRow>(...parameters: SqlValue[]): Row | undefined {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) return other.statement.get<Row>(...other.parameters);
    try {
      const row: unknown = this.#statement.get(...this.#bound(parameters));
      return row === undefined ? undefined : (this.#row(row, this.#statement) as Row);
    } catch (error) {
      throw sqliteError(error, this.#path);
    } finally {
      if (this.#holdsMuch) this.#letGo();
    }
  }

  all<Row = SqlRow>(...parameters: SqlValue[]): Row[] {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) return other.statement.all<Row>(...other.parameters);
    try {
      const rows: unknown[] = this.#statement.all(...this.#bound(parameters));
      return rows.map((row) => this.#row(row, this.#statement) as Row);
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  }

  *iterate<Row = SqlRow>(...parameters: SqlValue[]): IterableIterator<Row> {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) {
      yield* other.statement.iterate<Row>(...other.parameters);
      return;
    }
    const statement = this.#take();
    let rows: Iterator<unknown> | undefined;
    try {
      rows = statement.iterate(...this.#bound(parameters));
      for (let step = rows.next(); step.done !== true; step = rows.next()) {
        yield this.#row(step.value, statement) as Row;
      }
    } catch (error) {
      throw sqliteError(error, this.#path);
    } finally {
      this.#endIteration(rows);
      this.#idle.push(statement);
    }
  }

  /** An iteration that does not begin runs nothing, and binds nothing instead of what was bound. */
  #letGo(): void {
    this.#holdsMuch = false;
    this.#endIteration(this.#statement.iterate());
  }

  #endIteration(rows: Iterator<unknown> | undefined): void {
    try {
      rows?.return?.();
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  }

  #take(): StatementSync {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const statement = this.#connection.prepare(this.#sql);
    returnArrays(statement);
    return statement;
  }

  /** Node 22.15 takes `?1` for a name, which positional values pass over; as a name it is bound everywhere. */
  #bound(parameters: readonly SqlValue[]): Bound {
    for (const value of parameters)
      if (value instanceof Uint8Array && value.length > MOST_LEFT_BOUND) this.#holdsMuch = true;
    if (this.#isNumbered) return [namedByNumber(parameters)];
    const bound: Bound = [NOTHING_NAMED];
    for (const value of parameters) bound.push(bindable(value));
    return bound;
  }

  /** A plain object; Node's own have no prototype. Integers come as numbers, for no statement asks for bigint. */
  #row(row: unknown, statement: StatementSync): SqlRow {
    if (!this.#hasArrays) return { ...(row as SqlRow) };
    const values = row as SqlValue[];
    // Columns change when a table that a `*` stands for does.
    if (this.#names.length !== values.length) this.#names = statement.columns().map(({ name }) => name);
    const plain: SqlRow = {};
    values.forEach((value, index) => {
      plain[this.#names[index] ?? ''] = value;
    });
    return plain;
  }
}

/** Rows come faster as arrays, where the runtime can. */
function returnArrays(statement: StatementSync): boolean {
  if (!('setReturnArrays' in statement) || typeof statement.setReturnArrays !== 'function') return false;
  if (!('columns' in statement)) return false;
  statement.setReturnArrays(true);
  return true;
}

function namedByNumber(parameters: readonly SqlValue[]): Record<string, Bindable> {
  return Object.fromEntries(parameters.map((value, index) => [`?${index + 1}`, bindable(value)]));
}

/** Node binds every number as REAL, which a TEXT or untyped column would keep; integers go as bigint. */
function bindable(value: SqlValue): Bindable {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}
