import { EngineError } from '../../src/engine/errors';
import type { FileLock } from '../../src/engine/platform/file-lock';
import type { FileSystem } from '../../src/engine/platform/file-system';
import type { OpenOptions, SqliteDriver } from '../../src/engine/platform/sqlite';
import type { SqlJsStatic } from 'sql.js';
import type { Disk } from './disk';
import type { Power } from './power';
import { SimulatedDatabase } from './simulated-database';
import { type DiskFiles, missing, SimulatedFileSystem } from './simulated-file-system';
import { StoredDatabase } from './stored-database';

/** A disk in memory, on which a transaction is durable when it has been committed. */
export class SimulatedDisk implements Disk, DiskFiles {
  readonly #sqlJs: SqlJsStatic;
  readonly #files = new Map<string, StoredDatabase>();
  readonly #locks = new Map<string, symbol>();

  constructor(sqlJs: SqlJsStatic) {
    this.#sqlJs = sqlJs;
  }

  place(path: string, bytes: Uint8Array): void {
    this.#files.set(path, new StoredDatabase(this.#sqlJs, bytes));
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  copy(path: string): Uint8Array {
    return (this.#files.get(path) ?? missing(path)).copy();
  }

  cutPower(): void {
    // Whoever writes asks for power before.
  }

  losePower(): void {
    for (const file of this.#files.values()) file.losePower();
    this.#locks.clear();
  }

  remove(): void {
    for (const file of this.#files.values()) file.unload();
    this.#files.clear();
  }

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
    return new SimulatedFileSystem(this, power);
  }

  size(path: string): number | undefined {
    return this.#files.get(path)?.size;
  }

  delete(path: string): void {
    this.#files.get(path)?.unload();
    this.#files.delete(path);
  }

  rename(from: string, to: string): void {
    this.#files.set(to, this.#files.get(from) ?? missing(from));
    this.#files.delete(from);
  }

  lock(path: string): FileLock {
    if (this.#locks.has(path)) throw new EngineError('repository-locked', `${path} is being written.`);
    const token = Symbol(path);
    this.#locks.set(path, token);
    const isHeld = (): boolean => this.#locks.get(path) === token;
    return {
      isHeld,
      renew: () => undefined,
      release: () => {
        if (isHeld()) this.#locks.delete(path);
      },
    };
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
