import type { FileLock } from './file-lock';

export interface FileStatus {
  kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970, with fractions where the system has them. */
  mtimeMs: number;
  /** By its owner, as Fossil sees it. */
  isExecutable: boolean;
  /** The same for all names of a file, where the system tells; others may rarely share it. */
  identity?: string;
}

export interface DirectoryEntry {
  name: string;
  kind: FileStatus['kind'];
}

/**
 * The disk. Paths are absolute, in the form of the operating system. Failures are EngineErrors: `file-missing`, `file-access`,
 * `disk-full`, `disk-read-only`, each naming the path. No method here may be used on a database file (reference: POSIX drops
 * SQLite's locks when anything else in the process closes that file).
 */
export interface FileSystem {
  /** @returns undefined when nothing is there. `followLinks` defaults to true. */
  status(path: string, options?: { followLinks?: boolean }): Promise<FileStatus | undefined>;
  read(path: string): Promise<Uint8Array>;
  readLink(path: string): Promise<string>;
  list(directory: string): Promise<DirectoryEntry[]>;
  /** Replaces the file whole (temporary file beside it, then rename), making parent directories. */
  write(path: string, content: Uint8Array, options?: { isExecutable?: boolean }): Promise<void>;
  /**
   * Writes a file that the user has named: into what stands there, which stays what it is, be it a link's target, a device, a FIFO, one of
   * several names or a file with permissions of its own. What it held is gone even when this fails. Nothing there: as `write`.
   */
  writeInto(path: string, content: Uint8Array): Promise<void>;
  /** Makes a symbolic link, replacing what is there. */
  writeLink(path: string, target: string): Promise<void>;
  setExecutable(path: string, isExecutable: boolean): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or link; nothing there is no error. */
  remove(path: string): Promise<void>;
  /** @returns whether it went: false when it is not empty or not there */
  removeEmptyDirectory(path: string): Promise<boolean>;
  /** Moves a file; what stands at `to` is replaced only when `replace` is set, otherwise `file-access`. Durable (directory synced). */
  rename(from: string, to: string, options?: { replace?: boolean }): Promise<void>;
  /** @returns the path without links, or the path itself where nothing is there */
  realPath(path: string): Promise<string>;
  /**
   * Takes the lock of `path` for this process: a file beside it, which another process may break once this one is dead. Does not wait.
   * @throws EngineError `repository-locked` when another holds it, `repository-read-only`, `disk-full`
   */
  lock(path: string): FileLock;
}
