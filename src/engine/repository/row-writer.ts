import type { Database, SqlValue, Statement } from '../platform/sqlite';

/** How many rows a statement writes at once; whatever number is left is put together from these. */
const ROWS_AT_ONCE = [64, 16, 4, 1];

/** Writes rows of one table many at a time: to begin and end a statement costs more than a short row does. */
export class RowWriter {
  readonly #most: number;
  readonly #statements: readonly { values: number; statement: Statement }[];
  #values: SqlValue[] = [];

  /**
   * @param insert - SQL up to its rows, such as `INSERT INTO delta(rid,srcid)`
   * @param columns - how many values a row has
   */
  constructor(db: Database, insert: string, columns: number) {
    this.#most = Math.max(...ROWS_AT_ONCE) * columns;
    const row = `(${Array<string>(columns).fill('?').join(',')})`;
    this.#statements = ROWS_AT_ONCE.map((rows) => ({
      values: rows * columns,
      statement: db.prepare(`${insert} VALUES${Array<string>(rows).fill(row).join(',')}`),
    }));
  }

  /** Takes a row, which may not be in the table before {@link flush}. */
  add(...row: SqlValue[]): void {
    this.#values.push(...row);
    if (this.#values.length === this.#most) this.flush();
  }

  /** Writes what was added, in its order. */
  flush(): void {
    const values = this.#values;
    this.#values = [];
    let at = 0;
    for (const { values: most, statement } of this.#statements) {
      for (; values.length - at >= most; at += most) statement.run(...values.slice(at, at + most));
    }
  }
}
