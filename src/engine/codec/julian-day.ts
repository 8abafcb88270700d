import type { JulianDay } from '../identifiers';
import { parseSqliteDate } from './sqlite-date';

const DAY = 86400000;
/** Milliseconds from the Julian epoch to 1970. */
const UNIX_EPOCH = 210866760000000;

/** @param unixMilliseconds - milliseconds since 1970 UTC */
export function toJulianDay(unixMilliseconds: number): JulianDay {
  return ((unixMilliseconds + UNIX_EPOCH) / DAY) as JulianDay;
}

/** @returns milliseconds since 1970 UTC, rounded */
export function fromJulianDay(day: JulianDay): number {
  return Math.round(day * DAY) - UNIX_EPOCH;
}

/** `YYYY-MM-DDTHH:MM:SS.SSS`, UTC, as D-cards have it. */
export function formatStamp(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString().slice(0, -1);
}

/**
 * Reads a D-card's stamp, taking whatever SQLite's `julianday()` takes and finds later than day zero, as Fossil's parser does.
 *
 * @returns milliseconds since 1970 UTC, undefined when it is not a stamp
 */
export function parseStamp(text: string): number | undefined {
  const milliseconds = parseSqliteDate(text);
  return milliseconds !== undefined && milliseconds > 0 ? milliseconds - UNIX_EPOCH : undefined;
}
