import { withLoneBytes } from './sql-text';
import type { SqlValue, Statement } from './sqlite';

/** The forms of a statement that take texts that are no UTF-8: each is prepared once. */
export class RewrittenStatements {
  readonly #sql: string;
  readonly #prepare: (sql: string) => Statement;
  readonly #prepared = new Map<string, Statement>();

  constructor(sql: string, prepare: (sql: string) => Statement) {
    this.#sql = sql;
    this.#prepare = prepare;
  }

  /** @returns what is to be run instead; undefined when no parameter is such a text */
  for(parameters: readonly SqlValue[]): { statement: Statement; parameters: SqlValue[] } | undefined {
    const other = withLoneBytes(this.#sql, parameters);
    if (other === undefined) return undefined;
    let statement = this.#prepared.get(other.sql);
    if (statement === undefined) {
      statement = this.#prepare(other.sql);
      this.#prepared.set(other.sql, statement);
    }
    return { statement, parameters: other.parameters };
  }
}
