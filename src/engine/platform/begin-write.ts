import type { DatabaseSync } from 'node:sqlite';
import { pause } from './pause';

/** Milliseconds between two tries. A try that fails holds a lock for some microseconds, in which it would hurt. */
const INTERVAL = 15;
/** From then on, others that only read are waited for with the lock in hand. */
const PATIENCE = 3000;
const BUSY = 5;

/**
 * Begins a transaction that writes, when nobody else is inside one of theirs. `fossil commit` reads first and asks for the right to write
 * later; if another connection has taken that right meanwhile, SQLite refuses it at once, without waiting, and the commit fails. So the
 * right is not taken while anybody reads: either the file is ours alone, and others wait before they begin, or it is not ours at all.
 * @throws SQLite's error; busy after `busyTimeout` milliseconds
 */
export function beginWrite(connection: DatabaseSync, busyTimeout: number): void {
  const deadline = performance.now() + Math.min(busyTimeout, PATIENCE);
  connection.exec('PRAGMA busy_timeout = 0');
  try {
    for (;;) {
      try {
        connection.exec('BEGIN EXCLUSIVE');
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
      if (performance.now() >= deadline) break;
      pause(INTERVAL);
    }
  } finally {
    connection.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  }
  connection.exec('BEGIN IMMEDIATE');
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === BUSY
  );
}
