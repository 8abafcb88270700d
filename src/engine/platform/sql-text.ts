import { EngineError } from '../errors';
import type { SqlValue } from './sqlite';
import { bytesOfText, holdsLoneBytes } from './text-bytes';

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

/** A parameter, or what may hold a question mark that is none. */
const PARAMETER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|\?(?<number>\d*)/g;

/**
 * Drivers bind texts as UTF-8; one that stands for other bytes is given as those, and SQLite told to take them for text.
 * @returns undefined when no parameter is such a text
 */
export function withLoneBytes(
  sql: string,
  parameters: readonly SqlValue[],
): { sql: string; parameters: SqlValue[] } | undefined {
  // Asked before each use of a statement: nothing is allocated where there is none.
  if (!parameters.some(isOtherBytes)) return undefined;
  let last = 0;
  return {
    sql: sql.replaceAll(PARAMETER, (found, number: string | undefined) => {
      if (number === undefined) return found;
      const place = number === '' ? last + 1 : Number(number);
      last = Math.max(last, place);
      return isOtherBytes(parameters[place - 1]) ? `CAST(${found} AS TEXT)` : found;
    }),
    parameters: parameters.map((value) => (isOtherBytes(value) ? bytesOfText(value) : value)),
  };
}

function isOtherBytes(value: SqlValue | undefined): value is string {
  return typeof value === 'string' && holdsLoneBytes(value);
}
