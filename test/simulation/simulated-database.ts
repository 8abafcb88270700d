import { EngineError } from '../../src/engine/errors';
import { isReading, refusePromise, refuseTransactionControl } from '../../src/engine/platform/sql-text';
import { sqliteError } from '../../src/engine/platform/sqlite-errors';
import type { Database, OpenOptions, Statement } from '../../src/engine/platform/sqlite';
import { CachedStatement, type RawStatement, type StatementOwner } from '../../src/engine/platform/statement-cache';
import type { Power } from './power';
import type { StoredDatabase } from './stored-database';

/** A file of a simulated disk, open on a machine: a commit is durable at once, and nothing works without power. */
export class SimulatedDatabase implements Database, StatementOwner {
  readonly path: string;
  readonly #file: StoredDatabase;
  readonly #power: Power;
  readonly #isPrivate: boolean;
  readonly #isReadOnly: boolean;
  readonly #statements = new Map<string, Statement>();
  /** Statements that go back to the file when this ends. */
  readonly #taken: { sql: string; statement: RawStatement; generation: number }[] = [];
  #ownCommits = 0;
  #depth = 0;
  #isOpen = true;

  constructor(file: StoredDatabase, path: string, options: OpenOptions, power: Power) {
    this.#file = file;
    this.path = path;
    this.#power = power;
    this.#isPrivate = options.isPrivate ?? false;
    this.#isReadOnly = options.mode === 'read';
    if (this.#isPrivate) file.becomePrivate();
  }

  get generation(): number {
    return this.#file.generation;
  }

  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  exec(sql: string): void {
    refuseTransactionControl(sql);
    this.#use(true, () => this.#file.connection.exec(sql));
    if (this.#depth === 0) this.#noteCommit();
  }

  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = sql === 'PRAGMA main.data_version' ? this.#dataVersion() : new CachedStatement(this, sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  attach(): void {
    throw new EngineError('internal', 'A simulated machine has no checkouts.');
  }

  detach(): void {
    throw new EngineError('internal', 'A simulated machine has no checkouts.');
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#use(false, () => this.#file.connection.run('BEGIN IMMEDIATE'));
    this.#depth++;
    try {
      const result = refusePromise(work());
      this.#use(false, () => this.#file.connection.run('COMMIT'));
      this.#noteCommit();
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  snapshot<T>(work: () => T): T {
    // One thread, one connection: nobody commits meanwhile.
    this.#power.require();
    return refusePromise(work());
  }

  persist(): void {
    this.#power.require();
    if (!this.#isPrivate) return;
    this.#power.requireRoom(this.path);
    this.#file.persist();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { sql, statement, generation } of this.#taken) this.#file.giveBack(sql, statement, generation);
    if (!this.#isPrivate) return;
    this.persist();
    this.#file.becomeShared();
  }

  prepareRaw(sql: string): RawStatement {
    const statement = this.#file.takeStatement(sql);
    this.#taken.push({ sql, statement, generation: this.#file.generation });
    return statement;
  }

  use<T>(sql: string, work: () => T): T {
    const isWrite = !isReading(sql);
    const result = this.#use(isWrite, work);
    if (isWrite && this.#depth === 0) this.#noteCommit();
    return result;
  }

  beginIteration<T>(_sql: string, work: () => T): T {
    return this.#use(false, work);
  }

  endIteration(): void {
    // Nothing is loaded anew behind a statement's back here.
  }

  #use<T>(isWrite: boolean, work: () => T): T {
    this.#power.require();
    if (!this.#isOpen) throw new EngineError('internal', `The database ${this.path} has been closed.`);
    if (isWrite && this.#isReadOnly) throw new EngineError('repository-read-only', `${this.path} can only be read.`);
    // A private file is in memory until it is persisted.
    if (isWrite && !this.#isPrivate) this.#power.requireRoom(this.path);
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, this.path);
    }
  }

  #noteCommit(): void {
    this.#file.commits++;
    this.#ownCommits++;
  }

  /** SQLite tells a connection only of the commits of others; all of this file share one. */
  #dataVersion(): Statement {
    const row = (): { data_version: number } => ({ data_version: this.#file.commits - this.#ownCommits });
    return {
      run: () => ({ changes: 0, lastInsertRowid: 0 }),
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Statement
      get: <Row>() => row() as Row,
      all: <Row>() => [row() as Row],
      iterate: <Row>() => [row() as Row].values(),
    };
  }

  /** A machine without power rolls back too: that is what the next one to open the file does. */
  #rollback(): void {
    try {
      this.#file.connection.run('ROLLBACK');
    } catch (error) {
      if (!String(error).includes('no transaction is active')) throw error;
    }
  }
}
