import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemCodeOf } from './file-errors';

/** Writes a new file and waits until the disk has it. Nothing is left of it when that fails. */
export function writeDurably(file: string, content: Uint8Array, like?: string): void {
  const handle = fs.openSync(file, 'wx');
  try {
    for (let at = 0; at < content.length;) at += fs.writeSync(handle, content, at);
    if (like !== undefined) copyOwnership(handle, like);
    fs.fsyncSync(handle);
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  } finally {
    fs.closeSync(handle);
  }
}

export function renameDurably(from: string, to: string): void {
  fs.renameSync(from, to);
  syncDirectory(path.dirname(to));
}

export function syncDirectory(directory: string): void {
  // Windows cannot open a directory, and keeps renames by itself.
  if (process.platform === 'win32') return;
  const handle = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** The file that takes another's place belongs to the same user, group and permissions, as far as we may say so. */
function copyOwnership(handle: number, like: string): void {
  const stats = fs.statSync(like, { throwIfNoEntry: false });
  if (stats === undefined) return;
  try {
    fs.fchownSync(handle, stats.uid, stats.gid);
  } catch (error) {
    if (systemCodeOf(error) !== 'EPERM') throw error;
  }
  fs.fchmodSync(handle, stats.mode & 0o7777);
}
