const DAY = 86400000;
const MINUTE = 60000;
const UNIX_EPOCH = 210866760000000;
/** 9999-12-31 23:59:59.999, the last moment SQLite knows. */
const LAST = 464269060799999;
const DATE = /^(-?)(\d{4})-(\d\d)-(\d\d)/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(.*)$/s;
const ZONE = /^[ \t\n\v\f\r]*(?:([+-])(\d\d):(\d\d)|[Zz])?[ \t\n\v\f\r]*$/;
const NUMBER = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[ \t\n\v\f\r]*$/i;

/**
 * Reads a date as SQLite's `julianday(text)` does: a date, a time, both, or a day number; a day beyond its month's end rolls over.
 * `now` is refused, because the same artifact must mean the same every time it is read.
 *
 * @returns milliseconds since the Julian epoch, undefined where SQLite yields NULL
 */
export function parseSqliteDate(text: string): number | undefined {
  const moment = parseDate(text) ?? parseTimeAlone(text) ?? parseDayNumber(text);
  return moment !== undefined && moment >= 0 && moment <= LAST ? moment : undefined;
}

function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [whole, sign, yearText, monthText, dayText] = match;
  const year = sign === '-' ? -Number(yearText) : Number(yearText);
  const month = Number(monthText);
  const day = Number(dayText);
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const rest = text.slice(whole.length).replace(/^[ \t\n\v\f\rT]+/, '');
  const time = rest === '' ? 0 : parseTime(rest);
  return time === undefined ? undefined : startOfDay(year, month, day) + time;
}

function parseTimeAlone(text: string): number | undefined {
  const time = parseTime(text);
  return time === undefined ? undefined : startOfDay(2000, 1, 1) + time;
}

function parseDayNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Math.floor(Number(text) * DAY + 0.5) : undefined;
}

/** @returns milliseconds since midnight UTC */
function parseTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, hours, minutes, seconds = '0', fraction = '', zoneText = ''] = match;
  const zone = parseZone(zoneText);
  if (zone === undefined || Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const milliseconds = Math.floor(Number(seconds + fraction) * 1000 + 0.5);
  return Number(hours) * 60 * MINUTE + Number(minutes) * MINUTE + milliseconds - zone * MINUTE;
}

/** @returns minutes east of UTC */
function parseZone(text: string): number | undefined {
  const match = ZONE.exec(text);
  if (!match) return undefined;
  const [, sign, hours = '0', minutes = '0'] = match;
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function startOfDay(year: number, month: number, day: number): number {
  // Date.UTC takes years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  return date.setUTCFullYear(year, month - 1, day) + UNIX_EPOCH;
}
