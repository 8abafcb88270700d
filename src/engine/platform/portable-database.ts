import * as fs from 'node:fs';
import type { SqlJsStatic } from 'sql.js';
import { EngineError, hasCode } from '../errors';
import { claimNewFile, requireExistingFile, requireWritable } from './database-file';
import { fileError } from './file-errors';
import { takeLock, type FileLock } from './file-lock';
import { fileNameOf, PortableImage, type ImageOptions } from './portable-image';
import { finishIntent, hasIntent } from './portable-intent';
import { waitForJournal } from './portable-lock';
import { refuseTooLarge } from './portable-read';
import { removeStrayTemporaries, saveImages, type SaveStep } from './portable-save';
import { PortableStatement } from './portable-statement';
import { isReading, quoteName, refusePromise, refuseTransactionControl } from './sql-text';
import type { Database, OpenOptions, Statement } from './sqlite';
import { sqliteError } from './sqlite-errors';
import { CachedStatement, type RawStatement, type StatementOwner } from './statement-cache';

export interface PortableSettings {
  busyTimeout: number;
  onSaveStep: (step: SaveStep) => void;
}

/** How long a file that others write all the time is tried to be read, at most, in milliseconds. */
const longestReading = 3000;

/**
 * A database held in memory. Reads notice when somebody else has replaced the file; a write is saved, whole, before it returns. What
 * cannot be saved is dropped: the images are then read anew at the next use. TEMP tables therefore last for one transaction.
 */
export class PortableDatabase implements Database, StatementOwner {
  readonly path: string;
  generation = 0;
  readonly #sqlJs: SqlJsStatic;
  readonly #settings: PortableSettings;
  readonly #main: ImageOptions;
  readonly #attached = new Map<string, ImageOptions>();
  readonly #allowsWrites: boolean;
  readonly #statements = new Map<string, CachedStatement>();
  /** By schema name; undefined when they must be read again. */
  #images: Map<string, PortableImage> | undefined;
  #depth = 0;
  #iterations = 0;
  #isOpen = true;

  constructor(sqlJs: SqlJsStatic, file: string, options: OpenOptions, settings: PortableSettings) {
    this.#sqlJs = sqlJs;
    this.#settings = settings;
    this.path = file;
    this.#allowsWrites = options.allowPortableWrites ?? false;
    this.#main = this.#prepareFile(file, options.mode, options.isPrivate ?? false);
    this.#attempt(() => this.#load());
  }

  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  exec(sql: string): void {
    refuseTransactionControl(sql);
    this.#writing(() => {
      this.#mainImage().connection.exec(sql);
    });
  }

  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = new CachedStatement(this, sql);
      statement.check();
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  attach(file: string, schema: string, mode: OpenOptions['mode']): void {
    this.#requireNoTransaction();
    this.#attempt(() => this.#ready());
    const options = this.#prepareFile(file, this.#main.mode === 'read' ? 'read' : mode, false);
    this.#attempt(() => this.#attachImage(schema, options), file);
    this.#attached.set(schema, options);
  }

  detach(schema: string): void {
    this.#requireNoTransaction();
    this.#attempt(() => {
      this.#ready();
      this.#mainImage().connection.run(`DETACH DATABASE ${quoteName(schema)}`);
      this.#images?.get(schema)?.free();
      this.#images?.delete(schema);
      this.#attached.delete(schema);
    });
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    return this.#withLocks((locks) => {
      const { connection } = this.#attempt(() => this.#mainImage());
      this.#attempt(() => connection.run(this.#main.mode === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE'));
      this.#depth++;
      let result: T;
      try {
        result = refusePromise(work());
        this.#attempt(() => connection.run('COMMIT'));
      } catch (error) {
        this.#rollback();
        throw error;
      } finally {
        this.#depth--;
      }
      this.#save(locks);
      return result;
    });
  }

  snapshot<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    const main = this.#attempt(() => {
      this.#ready();
      return this.#mainImage();
    });
    main.connection.run('PRAGMA query_only = 1');
    this.#iterations++;
    try {
      return refusePromise(work());
    } finally {
      this.#iterations--;
      if (this.#iterations === 0 && !main.isReadOnly) main.connection.run('PRAGMA query_only = 0');
    }
  }

  persist(): void {
    this.#requireNoTransaction();
    for (const image of this.#images?.values() ?? []) if (image.isPrivate) image.persist();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      if (this.#depth === 0) this.persist();
    } finally {
      this.#unload();
    }
  }

  prepareRaw(sql: string): RawStatement {
    const main = this.#mainImage();
    return new PortableStatement(main.connection, sql, () => main.lastInsertRowid());
  }

  use<T>(sql: string, work: () => T): T {
    if (this.#iterations > 0 || isReading(sql)) {
      return this.#attempt(() => {
        this.#ready();
        return work();
      });
    }
    return this.#writing(work);
  }

  beginIteration<T>(_sql: string, work: () => T): T {
    const begun = this.#attempt(() => {
      this.#ready();
      return work();
    });
    this.#iterations++;
    return begun;
  }

  endIteration(): void {
    this.#iterations--;
  }

  /** A write outside a transaction is a transaction by itself. */
  #writing<T>(work: () => T): T {
    if (this.#depth > 0 || this.#main.mode === 'read') {
      return this.#attempt(() => {
        this.#ready();
        return work();
      });
    }
    return this.#withLocks((locks) => {
      try {
        return this.#attempt(work);
      } finally {
        this.#save(locks);
      }
    });
  }

  /** Runs `work` while no other process of ours can write the files, on images that are as the files are. */
  #withLocks<T>(work: (locks: ReadonlyMap<string, FileLock>) => T): T {
    const locks = new Map<string, FileLock>();
    try {
      // In one order, so that two processes never wait for each other.
      const files = [this.#main, ...this.#attached.values()].filter((options) => isShared(options));
      for (const { file } of files.sort((one, other) => (one.file < other.file ? -1 : 1))) {
        locks.set(file, takeLock(file, this.#settings.busyTimeout));
        finishIntent(file);
        removeStrayTemporaries(file);
        waitForJournal(file, this.#settings.busyTimeout);
      }
      this.#attempt(() => this.#ready());
      return work(locks);
    } finally {
      for (const lock of locks.values()) lock.release();
    }
  }

  #save(locks: ReadonlyMap<string, FileLock>): void {
    try {
      const changed = [...(this.#images?.values() ?? [])].filter((image) => !image.isPrivate && image.isDirty);
      for (const image of changed) refuseReadOnly(image);
      const signatures = saveImages(
        changed.map((image) => image.forSaving(locks.get(image.file))),
        this.#settings.onSaveStep,
      );
      changed.forEach((image, index) => image.wasSaved(signatures[index]));
    } catch (error) {
      this.#unload();
      throw error;
    }
  }

  /** Reads the files again when somebody has replaced them, unless something here is in the middle of the old state. */
  #ready(): void {
    if (!this.#isOpen) throw new EngineError('internal', `The database ${this.path} has been closed.`);
    const isBusy = this.#depth > 0 || this.#iterations > 0;
    if (this.#images === undefined) {
      if (isBusy) throw new EngineError('internal', `The database ${this.path} was dropped in the middle of a use.`);
      this.#load();
    } else if (!isBusy && [...this.#images.values()].some((image) => image.isOutdated)) {
      this.#unload();
      this.#load();
    }
  }

  #load(): void {
    const main = this.#newImage(this.#main);
    this.#images = new Map([['main', main]]);
    this.generation++;
    try {
      if (main.isReadOnly) main.connection.run('PRAGMA query_only = 1');
      for (const [schema, options] of this.#attached) this.#attachImage(schema, options);
    } catch (error) {
      this.#unload();
      throw error;
    }
  }

  #attachImage(schema: string, options: ImageOptions): void {
    const image = this.#newImage(options);
    try {
      this.#mainImage().connection.run(`ATTACH DATABASE ? AS ${quoteName(schema)}`, [fileNameOf(image.connection)]);
      this.#images?.set(schema, image);
    } catch (error) {
      image.free();
      throw error;
    }
  }

  #newImage(options: ImageOptions): PortableImage {
    if (hasIntent(options.file)) this.#finishIntent(options.file);
    return new PortableImage(this.#sqlJs, options, Math.min(this.#settings.busyTimeout, longestReading));
  }

  #finishIntent(file: string): void {
    let lock: FileLock;
    try {
      lock = takeLock(file, this.#settings.busyTimeout);
    } catch (error) {
      // Where nothing can be written nothing can be repaired; what is there can be read.
      if (hasCode(error, 'repository-read-only', 'disk-read-only')) return;
      throw error;
    }
    try {
      finishIntent(file);
    } finally {
      lock.release();
    }
  }

  #unload(): void {
    // Attached images first: the main connection has them open, and its end closes them.
    const images = [...(this.#images?.values() ?? [])];
    this.#images = undefined;
    this.generation++;
    for (const image of images) image.free();
  }

  #mainImage(): PortableImage {
    const main = this.#images?.get('main');
    if (main === undefined) throw new EngineError('internal', `The database ${this.path} has been closed.`);
    return main;
  }

  #rollback(): void {
    try {
      this.#images?.get('main')?.connection.run('ROLLBACK');
    } catch (error) {
      if (!String(error).includes('no transaction is active')) throw sqliteError(error, this.path);
    }
  }

  #prepareFile(file: string, mode: OpenOptions['mode'], isPrivate: boolean): ImageOptions {
    if (mode === 'create') {
      claimNewFile(file);
    } else {
      requireExistingFile(file);
      if (mode === 'write') requireWritable(file);
      if (mode === 'write' && !isPrivate && !this.#allowsWrites) throw writesRefused(file);
    }
    try {
      return { file: fs.realpathSync(file), mode, isPrivate };
    } catch (error) {
      throw fileError(error, file);
    }
  }

  #requireNoTransaction(): void {
    if (this.#depth > 0) throw new EngineError('internal', 'A database was attached or saved inside a transaction.');
  }

  #attempt<T>(work: () => T, file = this.path): T {
    try {
      return work();
    } catch (error) {
      const failure = sqliteError(error, file);
      // Memory has no disk to be full: the limit on pages was reached.
      if (hasCode(failure, 'disk-full') && !(error instanceof EngineError)) refuseTooLarge(file, Infinity);
      throw failure;
    }
  }
}

/** Others may have the file open and we may write it. */
function isShared(options: ImageOptions): boolean {
  return !options.isPrivate && options.mode !== 'read';
}

function refuseReadOnly(image: PortableImage): void {
  if (!image.isReadOnly) return;
  throw new EngineError('repository-read-only', `${image.file} was opened for reading only.`);
}

function writesRefused(file: string): EngineError {
  return new EngineError(
    'portable-writes-refused',
    `${file} was not written: this runtime has no SQLite of its own, so a fossil command at the same moment could not be kept apart. Allow it with the setting trilobite.portableWrites or with --portable-writes, or use VS Code 1.101 or newer, or Node 22.15 or newer.`,
  );
}
