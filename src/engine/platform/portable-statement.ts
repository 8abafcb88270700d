import type { Database as SqlJsDatabase, Statement as SqlJsStatement } from 'sql.js';
import type { SqlRow, SqlValue } from './sqlite';
import { integerTooLarge } from './sqlite-errors';
import type { RawStatement } from './statement-cache';

/** sql.js can read integers exactly; its type declarations do not know. */
interface ExactReader {
  get(parameters: null, config: { useBigInt: boolean }): (SqlValue | bigint)[];
}

/**
 * A statement of sql.js. An integer parameter beyond 31 bits is bound as REAL, the only way sql.js has; a column of INTEGER or NUMERIC
 * affinity keeps it as integer.
 */
export class PortableStatement implements RawStatement {
  readonly #connection: SqlJsDatabase;
  readonly #statement: SqlJsStatement;
  readonly #lastRowid: () => number;
  #columns: string[] = [];

  constructor(connection: SqlJsDatabase, sql: string, lastRowid: () => number) {
    this.#connection = connection;
    this.#statement = connection.prepare(sql);
    this.#lastRowid = lastRowid;
  }

  run(parameters: SqlValue[]): { changes: number; lastInsertRowid: number } {
    this.#stepping(parameters, () => {
      while (this.#statement.step());
    });
    return { changes: this.#connection.getRowsModified(), lastInsertRowid: this.#lastRowid() };
  }

  get(parameters: SqlValue[]): SqlRow | undefined {
    return this.#stepping(parameters, () => (this.#statement.step() ? this.#row() : undefined));
  }

  all(parameters: SqlValue[]): SqlRow[] {
    return this.#stepping(parameters, () => {
      const rows: SqlRow[] = [];
      while (this.#statement.step()) rows.push(this.#row());
      return rows;
    });
  }

  *iterate(parameters: SqlValue[]): IterableIterator<SqlRow> {
    try {
      this.#statement.bind(parameters);
      while (this.#statement.step()) yield this.#row();
    } finally {
      this.#statement.reset();
    }
  }

  #stepping<T>(parameters: SqlValue[], work: () => T): T {
    try {
      this.#statement.bind(parameters);
      return work();
    } finally {
      this.#statement.reset();
    }
  }

  #row(): SqlRow {
    const values: SqlValue[] = this.#statement.get();
    if (values.some(isBeyondExact)) this.#refuseInexactInteger();
    if (this.#columns.length !== values.length) this.#columns = this.#statement.getColumnNames();
    const row: SqlRow = {};
    for (let index = 0; index < values.length; index++) row[this.#columns[index] ?? ''] = values[index] ?? null;
    return row;
  }

  /** A REAL may be that large; an INTEGER has been rounded. */
  #refuseInexactInteger(): void {
    const reader: ExactReader = this.#statement;
    const values = reader.get(null, { useBigInt: true });
    if (values.some((value) => typeof value === 'bigint' && !Number.isSafeInteger(Number(value)))) {
      throw integerTooLarge();
    }
  }
}

function isBeyondExact(value: SqlValue): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}
