import { randomBytes } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { fileError, systemCodeOf } from './file-errors';
import { takeLock } from './file-lock';
import type { FileStatus, FileSystem } from './file-system';

/** The disk, through `node:fs`. */
export const nodeFileSystem: FileSystem = {
  status: (file, options = {}) => naming(file, () => statusOf(file, options.followLinks ?? true)),
  read: (file) =>
    naming(file, async () => {
      const content = await fs.readFile(file);
      return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    }),
  readLink: (file) => naming(file, () => fs.readlink(file)),
  list: (directory) =>
    naming(directory, async () => {
      const entries = await fs.readdir(directory, { withFileTypes: true });
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
    }),
  write: (file, content, { isExecutable = false } = {}) => naming(file, () => writeWhole(file, content, isExecutable)),
  writeInto: (file, content) =>
    naming(file, async () => {
      const isThere = (await statusOf(file, false)) !== undefined;
      await (isThere ? fs.writeFile(file, content) : writeWhole(file, content, false));
    }),
  writeLink: (file, target) => naming(file, () => replaceWhole(file, (temporary) => fs.symlink(target, temporary))),
  setExecutable: (file, isExecutable) => naming(file, () => setExecutable(file, isExecutable)),
  makeDirectory: (directory) =>
    naming(directory, async () => {
      await fs.mkdir(directory, { recursive: true });
    }),
  remove: (file) => naming(file, () => remove(file)),
  removeEmptyDirectory: (directory) => naming(directory, () => removeEmptyDirectory(directory)),
  rename: (from, to, options = {}) => naming(from, () => rename(from, to, options.replace ?? false)),
  realPath: (file) => naming(file, () => realPath(file)),
  lock: (file) => takeLock(file, 0),
};

/** Runs `work`; a failure names the path. */
async function naming<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, file);
  }
}

async function statusOf(file: string, followLinks: boolean): Promise<FileStatus | undefined> {
  try {
    const stats = await (followLinks ? fs.stat(file) : fs.lstat(file));
    return {
      kind: kindOf(stats),
      size: stats.size,
      mtimeMs: stats.mtimeMs,
      identity: `${stats.dev}:${stats.ino}`,
      isExecutable: process.platform !== 'win32' && (stats.mode & 0o100) !== 0,
    };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function kindOf(entry: Stats | Dirent): FileStatus['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

function isAbsence(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Lets `make` write a temporary file beside `file`, then puts it in the place of `file`. */
async function replaceWhole(file: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const directory = path.dirname(file);
  const temporary = path.join(directory, `.trilobite-${randomBytes(8).toString('hex')}.tmp`);
  try {
    await makingDirectory(directory, () => make(temporary));
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Runs `work`, and again with `directory` made when it was missing. */
async function makingDirectory(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    await fs.mkdir(directory, { recursive: true });
    await work();
  }
}

async function writeWhole(file: string, content: Uint8Array, isExecutable: boolean): Promise<void> {
  // The process's umask decides what of these permissions remains, as for any other program.
  const mode = isExecutable ? 0o777 : 0o666;
  await replaceWhole(file, (temporary) => fs.writeFile(temporary, content, { flag: 'wx', mode }));
}

async function setExecutable(file: string, isExecutable: boolean): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await fs.stat(file);
  // Who may read may run.
  const wanted = isExecutable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
  if (wanted !== mode) await fs.chmod(file, wanted & 0o7777);
}

async function remove(file: string): Promise<void> {
  try {
    await fs.unlink(file);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

async function removeEmptyDirectory(directory: string): Promise<boolean> {
  try {
    await fs.rmdir(directory);
    return true;
  } catch (error) {
    if (isAbsence(error) || systemCodeOf(error) === 'ENOTEMPTY' || systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function rename(from: string, to: string, replace: boolean): Promise<void> {
  if (replace) {
    await fs.rename(from, to);
  } else {
    await moveToFreeName(from, to);
  }
  await syncDirectory(path.dirname(to));
  if (path.dirname(from) !== path.dirname(to)) await syncDirectory(path.dirname(from));
}

/** A hard link fails when the name is taken, which a rename does not. */
async function moveToFreeName(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') throw fileError(error, to);
    if (isAbsence(error)) throw error;
    // No hard links on this disk, or a directory: a check and a rename.
    if ((await statusOf(to, false)) !== undefined) {
      throw fileError(Object.assign(new Error(`${to} exists`), { code: 'EEXIST' }), to);
    }
    await fs.rename(from, to);
    return;
  }
  await fs.unlink(from);
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory, and keeps renames by itself.
  if (process.platform === 'win32') return;
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function realPath(file: string): Promise<string> {
  try {
    return await fs.realpath(file);
  } catch (error) {
    if (isAbsence(error)) return file;
    throw error;
  }
}
