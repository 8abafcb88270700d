import * as path from 'node:path';
import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { beginWrite } from './begin-write';
import { claimNewFile, requireExistingFile, requireWritable } from './database-file';
import { NativeStatement } from './native-statement';
import type { Database, OpenOptions, SqliteDriver, Statement } from './sqlite';
import { quoteName, refusePromise, refuseTransactionControl } from './sql-text';
import { sqliteError } from './sqlite-errors';

type SqliteModule = typeof Sqlite;

/** Locks are taken once, and pages kept in memory, 8 MB of them: a file that grows quickly is then written once. */
const FOR_ITS_ONLY_USER = 'PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -8000';

export interface NativeOptions {
  /** Milliseconds to wait for another process's lock. Fossil waits 15 s. */
  busyTimeout?: number;
}

/** @returns the driver over `node:sqlite`, or undefined where that cannot be loaded (sqlite.md 3: versions do not tell) */
export function createNativeDriver(options: NativeOptions = {}): SqliteDriver | undefined {
  const sqlite = loadSqlite();
  if (sqlite === undefined) return undefined;
  const busyTimeout = options.busyTimeout ?? 15_000;
  return {
    name: 'native',
    version: versionOf(sqlite),
    open: (file, openOptions) => new NativeDatabase(sqlite, file, openOptions, busyTimeout),
  };
}

function loadSqlite(): SqliteModule | undefined {
  const emitWarning = process.emitWarning.bind(process);
  // Node 22 calls the module experimental, once, on its first load.
  process.emitWarning = () => undefined;
  try {
    const sqlite = builtinSqlite();
    if (sqlite !== undefined) versionOf(sqlite);
    return sqlite;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The declared type knows no runtime without the module. */
function builtinSqlite(): SqliteModule | undefined {
  return process.getBuiltinModule('node:sqlite');
}

function versionOf(sqlite: SqliteModule): string {
  const memory = new sqlite.DatabaseSync(':memory:');
  try {
    return String(memory.prepare('SELECT sqlite_version() AS version').get()?.['version']);
  } finally {
    memory.close();
  }
}

class NativeDatabase implements Database {
  readonly path: string;
  readonly generation = 0;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, NativeStatement>();
  readonly #isReadOnly: boolean;
  readonly #busyTimeout: number;
  #depth = 0;
  #isReading = false;
  #isOpen = true;

  constructor(sqlite: SqliteModule, file: string, options: OpenOptions, busyTimeout: number) {
    this.path = file;
    this.#isReadOnly = options.mode === 'read';
    this.#busyTimeout = busyTimeout;
    prepareFile(file, options.mode);
    this.#connection = this.#attempt(() => connect(sqlite, file, options.mode, busyTimeout));
    if (options.isPrivate === true) this.exec(FOR_ITS_ONLY_USER);
  }

  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  exec(sql: string): void {
    refuseTransactionControl(sql);
    this.#attempt(() => this.#connection.exec(sql));
  }

  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#attempt(() => new NativeStatement(this.#connection, sql, this.path));
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  attach(file: string, schema: string, mode: OpenOptions['mode']): void {
    prepareFile(file, mode);
    this.#attempt(() => {
      // A database attached to a read-only connection is read-only by itself.
      const name = mode === 'read' && !this.#isReadOnly ? `${pathToFileURL(path.resolve(file)).href}?mode=ro` : file;
      this.#connection.prepare(`ATTACH DATABASE ? AS ${quoteName(schema)}`).run(name);
      try {
        this.#connection.prepare(`SELECT count(*) FROM ${quoteName(schema)}.sqlite_schema`).get();
      } catch (error) {
        this.#connection.exec(`DETACH DATABASE ${quoteName(schema)}`);
        throw sqliteError(error, file);
      }
    });
  }

  detach(schema: string): void {
    this.#attempt(() => this.#connection.exec(`DETACH DATABASE ${quoteName(schema)}`));
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#attempt(() => {
      if (this.#isReadOnly) this.#connection.exec('BEGIN');
      else beginWrite(this.#connection, this.#busyTimeout);
    });
    this.#depth++;
    try {
      const result = refusePromise(work());
      this.#attempt(() => this.#connection.exec('COMMIT'));
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  snapshot<T>(work: () => T): T {
    if (this.#depth > 0 || this.#isReading) return work();
    this.#attempt(() => this.#connection.exec('PRAGMA query_only = 1; BEGIN'));
    this.#isReading = true;
    try {
      return refusePromise(work());
    } finally {
      this.#isReading = false;
      this.#rollback();
      this.#connection.exec('PRAGMA query_only = 0');
    }
  }

  persist(): void {
    // Every commit is on the disk already.
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    this.#connection.close();
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, this.path);
    }
  }

  /** After some failures, such as a full disk, SQLite has rolled back by itself. */
  #rollback(): void {
    try {
      this.#connection.exec('ROLLBACK');
    } catch (error) {
      if (!String(error).includes('no transaction is active')) throw sqliteError(error, this.path);
    }
  }
}

function prepareFile(file: string, mode: OpenOptions['mode']): void {
  if (mode === 'create') {
    claimNewFile(file);
    return;
  }
  requireExistingFile(file);
  if (mode === 'write') requireWritable(file);
}

function connect(sqlite: SqliteModule, file: string, mode: OpenOptions['mode'], busyTimeout: number): DatabaseSync {
  if (mode !== 'read') return configure(sqlite, file, false, busyTimeout);
  try {
    return configure(sqlite, file, true, busyTimeout);
  } catch (error) {
    if (!isHotJournal(error)) throw error;
    // Only a writer may roll back what a crashed program left: be one once.
    configure(sqlite, file, false, busyTimeout).close();
    return configure(sqlite, file, true, busyTimeout);
  }
}

/** Opens and reads once: SQLite looks at a file only when it is asked for something. */
function configure(sqlite: SqliteModule, file: string, readOnly: boolean, busyTimeout: number): DatabaseSync {
  const connection = new sqlite.DatabaseSync(file, { readOnly, enableForeignKeyConstraints: false });
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** SQLITE_READONLY_ROLLBACK, and SQLITE_READONLY_RECOVERY for a -wal. */
function isHotJournal(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 776 || error.errcode === 264);
}
