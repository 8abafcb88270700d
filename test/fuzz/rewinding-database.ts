import { refusePromise } from '../../src/engine/platform/sql-text';
import type { Database, OpenOptions, Statement } from '../../src/engine/platform/sqlite';

/**
 * A database for one case after the other: closing it undoes what was done since it was made, or closed before, and leaves it open. To
 * open a copy of a file for each case takes longer than most of them. Nothing of it reaches the disk.
 */
export class RewindingDatabase implements Database {
  readonly #inner: Database;
  #depth = 0;

  /** @param inner - which nobody else has open, outside of transactions; this owns it now */
  constructor(inner: Database) {
    this.#inner = inner;
    inner.exec('PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY');
    this.#control('SAVEPOINT beginning');
  }

  get path(): string {
    return this.#inner.path;
  }

  get generation(): number {
    return this.#inner.generation;
  }

  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  exec(sql: string): void {
    this.#inner.exec(sql);
  }

  prepare(sql: string): Statement {
    return this.#inner.prepare(sql);
  }

  attach(path: string, schema: string, mode: OpenOptions['mode']): void {
    this.#inner.attach(path, schema, mode);
  }

  detach(schema: string): void {
    this.#inner.detach(schema);
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#control('SAVEPOINT work');
    this.#depth++;
    try {
      return refusePromise(work());
    } catch (error) {
      this.#control('ROLLBACK TO work');
      throw error;
    } finally {
      this.#control('RELEASE work');
      this.#depth--;
    }
  }

  snapshot<T>(work: () => T): T {
    return refusePromise(work());
  }

  persist(): void {
    // Nothing is kept.
  }

  close(): void {
    // To the savepoint alone, every statement would be prepared anew from the first change of a schema on.
    this.#control('ROLLBACK');
    this.#control('SAVEPOINT beginning');
  }

  #control(sql: string): void {
    this.#inner.prepare(sql).run();
  }
}
