import * as fs from 'node:fs';
import { EngineError } from '../errors';
import { fileError } from './file-errors';
import {
  changeCounterOf,
  hasHotJournal,
  hasWal,
  isSameSignature,
  signatureOf,
  type FileSignature,
} from './portable-signature';
import { applyWal } from './portable-wal';
import { pause } from './pause';

/** The largest database that is held in memory. */
export const largestImage = 1024 * 1024 * 1024;

/** The whole content of a database file at one moment. */
export interface FileImage {
  bytes: Uint8Array;
  signature: FileSignature;
  /** SQLite's file change counter. */
  changeCounter: number;
  /** Made with a write-ahead log, which nobody without shared memory may write. */
  isWal: boolean;
}

/**
 * Reads a database file whole, between the writes of others: counter, size, times and the absence of a journal are the same before
 * and after (sqlite.md 2.3).
 *
 * @param patience - milliseconds to wait for a writer to finish
 * @throws EngineError `repository-locked`, `repository-too-large`, `not-a-repository`, `file-missing`, `file-access`
 */
export function readImage(file: string, patience: number): FileImage {
  const deadline = Date.now() + patience;
  for (;;) {
    const image = attempting(file, () => readOnce(file));
    if (image !== undefined) return image;
    if (Date.now() >= deadline) throw beingWritten(file);
    pause(10);
  }
}

function beingWritten(file: string): EngineError {
  return new EngineError(
    'repository-locked',
    hasHotJournal(file)
      ? `${file} is being written by another program, or one was killed while it wrote. If none is running, any fossil command on it puts it in order.`
      : `${file} is being written by another program all the time. Try again when that has finished.`,
  );
}

/** @returns undefined when somebody was writing */
function readOnce(file: string): FileImage | undefined {
  const before = stateOf(file);
  refuseTooLarge(file, before.signature.size);
  if (hasHotJournal(file)) return undefined;
  const bytes = new Uint8Array(fs.readFileSync(file));
  const isWal = headerByte(bytes, 18) === 2;
  const log = isWal && hasWal(file) ? fs.readFileSync(`${file}-wal`) : undefined;
  if (hasHotJournal(file)) return undefined;
  if (!isSameState(before, stateOf(file)) || BigInt(bytes.length) !== before.signature.size) return undefined;
  if (bytes.length > 0 && !isDatabase(bytes)) {
    throw new EngineError('not-a-repository', `${file} is not a Fossil repository: it is no SQLite database.`);
  }
  const whole = log === undefined ? bytes : applyWal(bytes, log);
  if (isWal) whole.fill(1, 18, 20);
  return { bytes: whole, signature: before.signature, changeCounter: before.changeCounter, isWal };
}

interface FileState {
  signature: FileSignature;
  log: FileSignature | undefined;
  changeCounter: number;
}

function stateOf(file: string): FileState {
  const changeCounter = changeCounterOf(file);
  const signature = signatureOf(file);
  if (signature === undefined) throw new EngineError('file-missing', `There is no file ${file}.`);
  return { signature, log: signatureOf(`${file}-wal`), changeCounter };
}

function isSameState(one: FileState, other: FileState): boolean {
  return (
    one.changeCounter === other.changeCounter &&
    isSameSignature(one.signature, other.signature) &&
    isSameSignature(one.log, other.log)
  );
}

export function refuseTooLarge(file: string, size: bigint | number): void {
  if (size <= largestImage) return;
  throw new EngineError(
    'repository-too-large',
    `${file} is larger than 1 GiB, which is too large without SQLite in the runtime. Use VS Code 1.101 or newer, or Node 22.15 or newer.`,
  );
}

function headerByte(bytes: Uint8Array, at: number): number | undefined {
  return isDatabase(bytes) ? bytes[at] : undefined;
}

function isDatabase(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 100 && Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('latin1') === 'SQLite format 3\0'
  );
}

function attempting<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error, file);
  }
}
