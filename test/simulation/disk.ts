import type { SqliteDriver } from '../../src/engine/platform/sqlite';
import type { FileSystem } from '../../src/engine/platform/file-system';
import type { Power } from './power';

/** A machine's disk, which outlives its power. Databases are its only files. */
export interface Disk {
  /** Puts a file there, as if it had always been. */
  place(path: string, bytes: Uint8Array): void;
  has(path: string): boolean;
  /** @returns a copy of what a database file holds */
  copy(path: string): Uint8Array;
  /** From now on nothing is written. */
  cutPower(): void;
  /** Goes back to what a power cut leaves: what was promised to be durable. */
  losePower(): void;
  /** The disk as a running machine sees it. */
  driver(power: Power): SqliteDriver;
  fileSystem(power: Power): FileSystem;
  remove(): void;
}
