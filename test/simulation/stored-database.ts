import { PortableStatement } from '../../src/engine/platform/portable-statement';
import type { RawStatement } from '../../src/engine/platform/statement-cache';
import type { Database as SqlJsDatabase, SqlJsStatic, Statement as SqlJsStatement } from 'sql.js';

/** Nobody else opens the image, and what a power cut leaves is decided here, not by SQLite's journal. */
const FAST = 'PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE';

/**
 * A database file on a simulated disk: an image that sql.js holds. What is committed is on the disk, except in a private file, where it is
 * when it has been persisted.
 */
export class StoredDatabase {
  readonly #sqlJs: SqlJsStatic;
  #bytes: Uint8Array | undefined;
  #connection: SqlJsDatabase | undefined;
  #lastRowid: SqlJsStatement | undefined;
  /** Of a private file: what has been persisted. */
  #persisted: Uint8Array | undefined;
  /** Prepared statements that nobody uses now. */
  readonly #idle = new Map<string, RawStatement[]>();
  #idleSince = 0;
  /** How often it was written, by whomever. */
  commits = 0;
  /** Changes when prepared statements have died. */
  generation = 1;

  constructor(sqlJs: SqlJsStatic, bytes: Uint8Array) {
    this.#sqlJs = sqlJs;
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes?.length ?? 1;
  }

  get connection(): SqlJsDatabase {
    if (this.#connection === undefined) {
      this.#connection = new this.#sqlJs.Database(this.#bytes);
      this.#connection.run(FAST);
      this.#bytes = undefined;
      this.#lastRowid = undefined;
    }
    return this.#connection;
  }

  lastRowid(): number {
    this.#lastRowid ??= this.connection.prepare('SELECT last_insert_rowid()');
    this.#lastRowid.step();
    const [value] = this.#lastRowid.get();
    this.#lastRowid.reset();
    return Number(value);
  }

  /** Preparing takes time, and every operation opens the file anew. */
  takeStatement(sql: string): RawStatement {
    if (this.#idleSince !== this.generation) this.#idle.clear();
    this.#idleSince = this.generation;
    return this.#idle.get(sql)?.pop() ?? new PortableStatement(this.connection, sql, () => this.lastRowid());
  }

  /** @param generation - when it was taken */
  giveBack(sql: string, statement: RawStatement, generation: number): void {
    if (generation !== this.generation || generation !== this.#idleSince) return;
    const idle = this.#idle.get(sql);
    if (idle === undefined) this.#idle.set(sql, [statement]);
    else idle.push(statement);
  }

  /** From now on a power cut takes what is not persisted. */
  becomePrivate(): void {
    this.#persisted ??= this.#image();
  }

  persist(): void {
    if (this.#persisted !== undefined) this.#persisted = this.#image();
  }

  /** Nobody has it open any more as a private file. */
  becomeShared(): void {
    this.#persisted = undefined;
  }

  /** A copy of what is committed. */
  copy(): Uint8Array {
    return this.#image().slice();
  }

  losePower(): void {
    const left = this.#persisted ?? this.#image();
    this.unload();
    this.#bytes = left;
    this.#persisted = undefined;
  }

  unload(): void {
    this.#bytes ??= this.#connection === undefined ? new Uint8Array(0) : this.#image();
    this.#connection?.close();
    this.#connection = undefined;
    this.#lastRowid = undefined;
    this.generation++;
  }

  #image(): Uint8Array {
    if (this.#connection === undefined) return this.#bytes ?? new Uint8Array(0);
    this.generation++;
    this.#lastRowid = undefined;
    const image = this.#connection.export();
    this.#connection.run(FAST);
    return image;
  }
}
