import { RewrittenStatements } from './rewritten-statements';
import type { SqlRow, SqlValue, Statement } from './sqlite';

/** A statement as a driver prepares it. It can do one thing at a time. */
export interface RawStatement {
  run(parameters: SqlValue[]): { changes: number; lastInsertRowid: number };
  get(parameters: SqlValue[]): SqlRow | undefined;
  all(parameters: SqlValue[]): SqlRow[];
  /** Leaving it early resets the statement. */
  iterate(parameters: SqlValue[]): IterableIterator<SqlRow>;
}

/** What a statement needs of its database. */
export interface StatementOwner {
  /** Changes when raw statements made before have died, because the connection was made anew. */
  readonly generation: number;
  prepareRaw(sql: string): RawStatement;
  /** Runs one use of a statement; errors leave it as EngineErrors. */
  use<T>(sql: string, work: () => T): T;
  /** Runs `work` as `use` does, for a statement that stays in the middle of its rows: called for its first step. */
  beginIteration<T>(sql: string, work: () => T): T;
  endIteration(): void;
}

/**
 * A statement text of one database. A use inside another use of the same text, such as a query in a loop over the same query, gets a
 * second raw statement, so neither disturbs the other.
 */
export class CachedStatement implements Statement {
  readonly #owner: StatementOwner;
  readonly #sql: string;
  readonly #rewritten: RewrittenStatements;
  #idle: RawStatement[] = [];
  #generation = 0;

  constructor(owner: StatementOwner, sql: string) {
    this.#owner = owner;
    this.#rewritten = new RewrittenStatements(sql, (other) => new CachedStatement(owner, other));
    this.#sql = sql;
  }

  /** Prepares now, so that a faulty text fails where it stands. */
  check(): void {
    this.#owner.use(this.#sql, () => this.#giveBack(this.#take(), this.#owner.generation));
  }

  run(...parameters: SqlValue[]): { changes: number; lastInsertRowid: number } {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) return other.statement.run(...other.parameters);
    return this.#owner.use(this.#sql, () => this.#with((raw) => raw.run(parameters)));
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Statement
  get<Row = SqlRow>(...parameters: SqlValue[]): Row | undefined {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) return other.statement.get<Row>(...other.parameters);
    return this.#owner.use(this.#sql, () => this.#with((raw) => raw.get(parameters))) as Row | undefined;
  }

  all<Row = SqlRow>(...parameters: SqlValue[]): Row[] {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) return other.statement.all<Row>(...other.parameters);
    return this.#owner.use(this.#sql, () => this.#with((raw) => raw.all(parameters))) as Row[];
  }

  *iterate<Row = SqlRow>(...parameters: SqlValue[]): IterableIterator<Row> {
    const other = this.#rewritten.for(parameters);
    if (other !== undefined) {
      yield* other.statement.iterate<Row>(...other.parameters);
      return;
    }
    const { raw, generation, rows } = this.#owner.beginIteration(this.#sql, () => {
      const taken = this.#take();
      return { raw: taken, generation: this.#owner.generation, rows: taken.iterate(parameters) };
    });
    try {
      for (;;) {
        const step = this.#owner.use(this.#sql, () => rows.next());
        if (step.done) return;
        yield step.value as Row;
      }
    } finally {
      rows.return?.();
      this.#owner.endIteration();
      this.#giveBack(raw, generation);
    }
  }

  #with<T>(work: (raw: RawStatement) => T): T {
    const raw = this.#take();
    const generation = this.#owner.generation;
    try {
      return work(raw);
    } finally {
      this.#giveBack(raw, generation);
    }
  }

  #take(): RawStatement {
    if (this.#generation !== this.#owner.generation) {
      this.#idle = [];
      this.#generation = this.#owner.generation;
    }
    return this.#idle.pop() ?? this.#owner.prepareRaw(this.#sql);
  }

  #giveBack(raw: RawStatement, generation: number): void {
    if (generation === this.#owner.generation && generation === this.#generation) this.#idle.push(raw);
  }
}
