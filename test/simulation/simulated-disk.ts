import { EngineError } from '../../src/engine/errors';
import type { FileLock } from '../../src/engine/platform/file-lock';
import type { DirectoryEntry, FileStatus, FileSystem } from '../../src/engine/platform/file-system';
import type { OpenOptions, SqliteDriver } from '../../src/engine/platform/sqlite';
import type { SqlJsStatic } from 'sql.js';
import type { Power } from './power';
import { SimulatedDatabase } from './simulated-database';
import { StoredDatabase } from './stored-database';

/** A machine's disk, which outlives its power. Databases are its only files. */
export class SimulatedDisk {
  readonly #sqlJs: SqlJsStatic;
  readonly #files = new Map<string, StoredDatabase>();
  readonly #locks = new Map<string, symbol>();

  constructor(sqlJs: SqlJsStatic) {
    this.#sqlJs = sqlJs;
  }

  /** Puts a file there, as if it had always been. */
  place(path: string, bytes: Uint8Array): void {
    this.#files.set(path, new StoredDatabase(this.#sqlJs, bytes));
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** @returns a copy of what a database file holds */
  copy(path: string): Uint8Array {
    return (this.#files.get(path) ?? missing(path)).copy();
  }

  /** What a power cut leaves: what was promised to be durable. */
  losePower(): void {
    for (const file of this.#files.values()) file.losePower();
    this.#locks.clear();
  }

  remove(): void {
    for (const file of this.#files.values()) file.unload();
    this.#files.clear();
  }

  /** The disk as a running machine sees it. */
  driver(power: Power): SqliteDriver {
    return {
      name: 'portable',
      version: 'simulated',
      open: (path, options) => {
        power.require();
        return new SimulatedDatabase(this.#fileFor(path, options, power), path, options, power);
      },
    };
  }

  fileSystem(power: Power): FileSystem {
    return new SimulatedFileSystem(this.#files, this.#locks, power);
  }

  #fileFor(path: string, options: OpenOptions, power: Power): StoredDatabase {
    const known = this.#files.get(path);
    if (options.mode !== 'create') return known ?? missing(path);
    if (known !== undefined) throw new EngineError('repository-exists', `${path} exists already.`);
    power.requireRoom(path);
    const file = new StoredDatabase(this.#sqlJs, new Uint8Array(0));
    this.#files.set(path, file);
    return file;
  }
}

/** What the engine does with files while it clones and syncs. */
class SimulatedFileSystem implements FileSystem {
  constructor(
    private readonly files: Map<string, StoredDatabase>,
    private readonly locks: Map<string, symbol>,
    private readonly power: Power,
  ) {}

  status(path: string): Promise<FileStatus | undefined> {
    return this.#doing(() => {
      const file = this.files.get(path);
      return file === undefined ? undefined : { kind: 'file', size: file.size, mtimeMs: 0, isExecutable: false };
    });
  }

  remove(path: string): Promise<void> {
    return this.#doing(() => {
      this.files.get(path)?.unload();
      this.files.delete(path);
    });
  }

  rename(from: string, to: string, options: { replace?: boolean } = {}): Promise<void> {
    return this.#doing(() => {
      const file = this.files.get(from) ?? missing(from);
      if (this.files.has(to) && options.replace !== true) throw new EngineError('file-access', `${to} exists already.`);
      this.files.set(to, file);
      this.files.delete(from);
    });
  }

  realPath(path: string): Promise<string> {
    return Promise.resolve(path);
  }

  lock(path: string): FileLock {
    this.power.require();
    this.power.requireRoom(path);
    if (this.locks.has(path)) throw new EngineError('repository-locked', `${path} is being written.`);
    const token = Symbol(path);
    this.locks.set(path, token);
    const isHeld = (): boolean => this.locks.get(path) === token;
    return {
      isHeld,
      renew: () => undefined,
      release: () => {
        if (isHeld()) this.locks.delete(path);
      },
    };
  }

  read(path: string): Promise<Uint8Array> {
    return missing(path);
  }

  readLink(path: string): Promise<string> {
    return missing(path);
  }

  list(): Promise<DirectoryEntry[]> {
    return Promise.resolve([]);
  }

  write(path: string): Promise<void> {
    return missing(path);
  }

  writeLink(path: string): Promise<void> {
    return missing(path);
  }

  setExecutable(path: string): Promise<void> {
    return missing(path);
  }

  makeDirectory(path: string): Promise<void> {
    return missing(path);
  }

  removeEmptyDirectory(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async #doing<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    this.power.require();
    return work();
  }
}

function missing(path: string): never {
  throw new EngineError('file-missing', `There is no file ${path}.`);
}
