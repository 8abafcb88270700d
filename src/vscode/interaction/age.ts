import type { Translate } from './translate';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * How long ago something was, as a reader counts it: "just now", "5 minutes ago", "2 days ago".
 *
 * @param time - Unix milliseconds
 * @param now - Unix milliseconds
 */
export function ageInWords(time: number, now: number, t: Translate): string {
  const age = now - time;
  if (age < minute) return t('just now');
  if (age < hour) return count(age / minute, t('1 minute ago'), (value) => t('{0} minutes ago', value));
  if (age < day) return count(age / hour, t('1 hour ago'), (value) => t('{0} hours ago', value));
  if (age < 30 * day) return count(age / day, t('1 day ago'), (value) => t('{0} days ago', value));
  if (age < 365 * day) return count(age / (30 * day), t('1 month ago'), (value) => t('{0} months ago', value));
  return count(age / (365 * day), t('1 year ago'), (value) => t('{0} years ago', value));
}

function count(value: number, one: string, many: (value: number) => string): string {
  const whole = Math.floor(value);
  return whole === 1 ? one : many(whole);
}
