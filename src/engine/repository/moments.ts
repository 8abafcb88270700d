/** `YYYYMMDD`, with `HHMM` or `HHMMSS` after it. */
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?$/;

/** @returns whether a text begins as an ISO date does; SQLite says whether it is one */
export function startsWithDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d/.test(text);
}

/** A date without punctuation, such as `20190327084549`, with it. @returns undefined for other texts and unlikely dates */
export function compactMoment(text: string): string | undefined {
  const match = COMPACT.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hours, minutes, seconds] = match;
  const isLikely =
    isWithin(year, 1970, 2100) &&
    isWithin(month, 1, 12) &&
    isWithin(day, 1, 31) &&
    isWithin(hours ?? '0', 0, 24) &&
    isWithin(minutes ?? '0', 0, 60) &&
    isWithin(seconds ?? '0', 0, 60);
  if (!isLikely) return undefined;
  const time = [hours, minutes, seconds].filter((part) => part !== undefined).join(':');
  return time === '' ? `${year}-${month}-${day}` : `${year}-${month}-${day} ${time}`;
}

/** The last moment that a date to the second, minute or day may mean: what compares with "not later than". */
export function roundedUp(date: string): string {
  switch (date.length) {
    case 10:
      return `${date} 23:59:59.999`;
    case 16:
      return `${date}:59.999`;
    case 19:
      return `${date}.999`;
    default:
      return date;
  }
}

function isWithin(digits: string, least: number, most: number): boolean {
  return Number(digits) >= least && Number(digits) <= most;
}
