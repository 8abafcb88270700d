import { EngineError } from '../../src/engine/errors';
import type { FileLock } from '../../src/engine/platform/file-lock';
import type { DirectoryEntry, FileStatus, FileSystem } from '../../src/engine/platform/file-system';
import type { Power } from './power';

/** What a file system needs of a disk. */
export interface DiskFiles {
  /** Bytes; undefined when nothing is there. */
  size(path: string): number | undefined;
  delete(path: string): void;
  rename(from: string, to: string): void;
  lock(path: string): FileLock;
}

/** What the engine does with files while it clones and syncs, on a machine that may lose its power. */
export class SimulatedFileSystem implements FileSystem {
  constructor(
    private readonly files: DiskFiles,
    private readonly power: Power,
  ) {}

  status(path: string): Promise<FileStatus | undefined> {
    return this.#doing(() => {
      const size = this.files.size(path);
      return size === undefined ? undefined : { kind: 'file', size, mtimeMs: 0, isExecutable: false };
    });
  }

  remove(path: string): Promise<void> {
    return this.#doing(() => this.files.delete(path));
  }

  rename(from: string, to: string, options: { replace?: boolean } = {}): Promise<void> {
    return this.#doing(() => {
      const isTaken = this.files.size(to) !== undefined;
      if (isTaken && options.replace !== true) throw new EngineError('file-access', `${to} exists already.`);
      this.files.rename(from, to);
    });
  }

  realPath(path: string): Promise<string> {
    return Promise.resolve(path);
  }

  lock(path: string): FileLock {
    this.power.requireRoom(path);
    return this.files.lock(path);
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

  writeInto(path: string): Promise<void> {
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

/** @throws EngineError `file-missing` */
export function missing(path: string): never {
  throw new EngineError('file-missing', `There is no file ${path}.`);
}
