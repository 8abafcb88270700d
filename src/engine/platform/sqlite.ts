/** What SQLite stores. Integers come back as `number`; one beyond 2^53 throws. Blobs are `Uint8Array` copies that the caller owns. */
export type SqlValue = null | number | string | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** A prepared statement; it lives as long as its database and is prepared once. */
export interface Statement {
  run(...parameters: SqlValue[]): { changes: number; lastInsertRowid: number };
  /** @returns the first row, or undefined */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what its SQL selects
  get<Row = SqlRow>(...parameters: SqlValue[]): Row | undefined;
  all<Row = SqlRow>(...parameters: SqlValue[]): Row[];
  /** Rows as they are stepped, the parameters bound at the first step; leaving the loop early resets the statement. */
  iterate<Row = SqlRow>(...parameters: SqlValue[]): IterableIterator<Row>;
}

export interface OpenOptions {
  /**
   * `create`: the file must not exist. `write`: an existing file, to read and write. `read`: an existing file, never changed.
   */
  mode: 'create' | 'write' | 'read';
  /**
   * A file that nobody else can have open, such as a clone's partial file. The portable driver then writes it only at
   * `persist()` and `close()`, and asks no permission.
   */
  isPrivate?: boolean;
  /** Portable driver only: may an existing file that others may use be rewritten? Ignored by the native driver. */
  allowPortableWrites?: boolean;
}

/** One open database. Synchronous; one thread owns it. */
export interface Database {
  readonly path: string;
  /** Runs one or more statements without parameters. */
  exec(sql: string): void;
  /** @returns the statement, prepared once per SQL text and kept */
  prepare(sql: string): Statement;
  /**
   * Attaches another file under a schema name. The same rules as for `open` hold for it; a transaction spans both files.
   */
  attach(path: string, schema: string, mode: 'create' | 'write' | 'read'): void;
  detach(schema: string): void;
  /**
   * Runs `work` between BEGIN IMMEDIATE and COMMIT, or ROLLBACK when it throws. A transaction inside a transaction joins it. `work` is
   * synchronous, so two jobs never share one. When it returns, the data is durable (native) or saved (portable, unless private).
   * @throws EngineError `repository-locked` when another process holds the file beyond the busy timeout; `disk-full`;
   * `repository-read-only`; `repository-changed` when (portable) somebody else has written the file meanwhile
   */
  transaction<T>(work: () => T): T;
  /**
   * Runs `work`, which only reads, on one state of the database: what others commit meanwhile is not seen. Locks are taken once instead of
   * once a statement; writers wait for its end. Joins a transaction. A write fails.
   */
  snapshot<T>(work: () => T): T;
  /** Another number whenever the connection was made anew: what SQLite counts for a connection begins again then. */
  readonly generation: number;
  readonly isInTransaction: boolean;
  /** Writes a private file out now (portable); does nothing with the native driver. */
  persist(): void;
  /** Closes; open statements are finalised. Twice is harmless. */
  close(): void;
}

/** A way to SQLite. Both drivers pass test/conformance/sqlite.ts. */
export interface SqliteDriver {
  readonly name: 'native' | 'portable';
  /** SQLite's own version, such as `3.53.4`. */
  readonly version: string;
  /**
   * Opens a database as Fossil does: busy timeout 15 s, foreign keys off.
   * @throws EngineError `not-a-repository` (not an SQLite file), `file-access`, `repository-read-only`, `portable-writes-refused`
   */
  open(path: string, options: OpenOptions): Database;
}
