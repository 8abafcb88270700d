import { EngineError } from '../errors';

/** @returns a schema's name as it stands in SQL */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Transactions belong to `Database.transaction`, which alone knows when one begins and ends. */
export function refuseTransactionControl(sql: string): void {
  if (/^\s*(begin|commit|end|rollback)\b/i.test(sql)) {
    throw new EngineError('internal', 'A transaction was begun or ended by SQL instead of through transaction().');
  }
}

/** A transaction that waits for something would let other work slip into it. */
export function refusePromise<T>(result: T): T {
  if (result instanceof Promise) throw new EngineError('internal', 'The work of a transaction must be synchronous.');
  return result;
}

/** @returns whether a statement only reads; a wrong "no" costs time, nothing else */
export function isReading(sql: string): boolean {
  return (
    /^\s*(select|values|explain|pragma)\b/i.test(sql) ||
    (/^\s*with\b/i.test(sql) && !/\b(insert|update|delete|replace)\b/i.test(sql))
  );
}
