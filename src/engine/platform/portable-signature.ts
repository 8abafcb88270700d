import * as fs from 'node:fs';
import { systemCodeOf } from './file-errors';

/** What tells one state of a database file from another, as far as that can be told without SQLite's locks (sqlite.md 2.3). */
export interface FileSignature {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  readonly device: bigint;
}

/** @returns undefined when nothing is there */
export function signatureOf(file: string): FileSignature | undefined {
  const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const { size, mtimeNs, ctimeNs, ino: inode, dev: device } = stats;
  return { size, mtimeNs, ctimeNs, inode, device };
}

export function isSameSignature(one: FileSignature | undefined, other: FileSignature | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs &&
    one.inode === other.inode &&
    one.device === other.device
  );
}

/**
 * A rollback journal whose header is there: the database may hold half of a transaction. SQLite writes the header last, before it
 * first touches the database, and zeroes it in its mode PERSIST.
 */
export function hasHotJournal(file: string): boolean {
  return readStart(`${file}-journal`, 8).some((byte) => byte !== 0);
}

/** A rollback journal of any kind: somebody is writing, or preparing to. */
export function hasJournal(file: string): boolean {
  return sizeOf(`${file}-journal`) > 0;
}

/** A write-ahead log with frames in it. */
export function hasWal(file: string): boolean {
  return sizeOf(`${file}-wal`) > 0;
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** SQLite's file change counter, bytes 24 to 27 of the header; 0 for an empty file. */
export function changeCounterOf(file: string): number {
  const header = readStart(file, 28);
  return header.length < 28 ? 0 : new DataView(header.buffer, header.byteOffset).getUint32(24);
}

function readStart(file: string, length: number): Uint8Array {
  let handle: number;
  try {
    handle = fs.openSync(file, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return new Uint8Array(0);
    throw error;
  }
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, fs.readSync(handle, bytes, 0, length, 0));
  } finally {
    fs.closeSync(handle);
  }
}
