import type { Database as SqlJsDatabase, SqlJsStatic, Statement as SqlJsStatement } from 'sql.js';
import { EngineError } from '../errors';
import { largestImage, readImage, refuseTooLarge } from './portable-read';
import { savePrivateImage, type SavedImage, type SavedSignature } from './portable-save';
import type { FileLock } from './file-lock';
import { isSameSignature, signatureOf, type FileSignature } from './portable-signature';

export interface ImageOptions {
  /** The file's real path: a rename would replace a link. */
  file: string;
  mode: 'create' | 'write' | 'read';
  isPrivate: boolean;
}

/** A database file's content in the memory of WebAssembly. */
export class PortableImage {
  readonly file: string;
  readonly isReadOnly: boolean;
  readonly isPrivate: boolean;
  readonly #loaded: LoadedImage;
  #signature: FileSignature | undefined;
  #changeCounter: number;
  #savedVersion: number;

  /** @throws EngineError as `readImage`; `portable-writes-refused` for a file with a write-ahead log that was to be written */
  constructor(sqlJs: SqlJsStatic, options: ImageOptions, patience: number) {
    this.file = options.file;
    this.isReadOnly = options.mode === 'read';
    this.isPrivate = options.isPrivate;
    const image = readImage(options.file, patience);
    if (image.isWal && !this.isReadOnly) {
      throw new EngineError(
        'portable-writes-refused',
        `${options.file} uses a write-ahead log, which can only be written with SQLite in the runtime: use VS Code 1.101 or newer, or Node 22.15 or newer. It can still be read.`,
      );
    }
    this.#signature = image.signature;
    this.#changeCounter = image.changeCounter;
    this.#loaded = new LoadedImage(sqlJs, image.bytes);
    this.#savedVersion = this.#loaded.version();
  }

  get connection(): SqlJsDatabase {
    return this.#loaded.connection;
  }

  lastInsertRowid(): number {
    return this.#loaded.lastInsertRowid();
  }

  get isDirty(): boolean {
    return this.#loaded.version() !== this.#savedVersion;
  }

  /** @returns whether somebody else has written the file since it was read, or its state is not known */
  get isOutdated(): boolean {
    return (
      !this.isPrivate && (this.#signature === undefined || !isSameSignature(this.#signature, signatureOf(this.file)))
    );
  }

  /** The image for its file, no larger than may be read again. @throws EngineError `repository-too-large` */
  forSaving(lock: FileLock | undefined): SavedImage {
    const before = this.#signature;
    if (before === undefined) throw new EngineError('internal', `${this.file} was not read before it was saved.`);
    const bytes = this.#loaded.export(this.#changeCounter + 1);
    refuseTooLarge(this.file, bytes.length);
    return { file: this.file, bytes, before, changeCounterBefore: this.#changeCounter, lock };
  }

  wasSaved(signature: SavedSignature): void {
    this.#signature = signature;
    this.#changeCounter += 1;
    this.#savedVersion = this.#loaded.version();
  }

  /** Writes a private file now, if it has changed. */
  persist(): void {
    if (!this.isDirty) return;
    const { bytes } = this.forSaving(undefined);
    savePrivateImage(this.file, bytes);
    this.wasSaved(signatureOf(this.file));
  }

  free(): void {
    this.#loaded.free();
  }
}

class LoadedImage {
  readonly connection: SqlJsDatabase;
  /** A second connection: SQLite tells a connection only of the commits of others. */
  readonly #watcher: SqlJsDatabase;
  readonly #version: SqlJsStatement;
  readonly #lastRowid: SqlJsStatement;

  constructor(sqlJs: SqlJsStatic, bytes: Uint8Array) {
    this.connection = bytes.length === 0 ? new sqlJs.Database() : new sqlJs.Database(bytes);
    this.#watcher = new sqlJs.Database();
    try {
      this.#watcher.run('ATTACH DATABASE ? AS image', [fileNameOf(this.connection)]);
      this.#version = this.#watcher.prepare('PRAGMA image.data_version');
      this.#lastRowid = this.connection.prepare('SELECT last_insert_rowid()');
      this.connection.run(`PRAGMA max_page_count = ${Math.floor(largestImage / this.#number('page_size'))}`);
    } catch (error) {
      this.#watcher.close();
      this.connection.close();
      throw error;
    }
  }

  /** A number that changes with every commit to the image. */
  version(): number {
    return onlyNumber(this.#version);
  }

  lastInsertRowid(): number {
    return onlyNumber(this.#lastRowid);
  }

  /** @param changeCounter - for the header: sql.js's export starts counting anew, which other readers would not notice */
  export(changeCounter: number): Uint8Array {
    const bytes = this.connection.export();
    if (bytes.length === 0) return bytes;
    const header = new DataView(bytes.buffer, bytes.byteOffset, 100);
    header.setUint32(24, changeCounter);
    header.setUint32(92, changeCounter);
    header.setUint32(40, this.#number('schema_version'));
    return bytes;
  }

  free(): void {
    this.#version.free();
    this.#watcher.close();
    this.connection.close();
  }

  #number(pragma: string): number {
    return Number(this.connection.exec(`PRAGMA main.${pragma}`)[0]?.values[0]?.[0]);
  }
}

function onlyNumber(statement: SqlJsStatement): number {
  statement.step();
  const [value] = statement.get();
  statement.reset();
  return Number(value);
}

/** The name under which sql.js keeps the image, and under which it can be attached elsewhere. */
export function fileNameOf(database: SqlJsDatabase): string {
  if ('filename' in database && typeof database.filename === 'string') return database.filename;
  throw new EngineError('internal', 'This sql.js does not tell the name of its image.');
}
