import type { Repository } from './repository';
import { settingInteger } from './setting-integer';

const DEFAULT_DIGITS = 10;
const FEWEST_DIGITS = 6;
const MOST_DIGITS = 64;
const FEWEST_URL_DIGITS = 16;

/** How many digits of a hash the texts of the timeline show. */
export interface HashDigits {
  /** For people. */
  shown: number;
  /** In the address of a link. */
  linked: number;
}

/** What Fossil takes when the project sets nothing. */
export const DEFAULT_HASH_DIGITS: HashDigits = { shown: DEFAULT_DIGITS, linked: FEWEST_URL_DIGITS };

/** Digits by the setting `hash-digits`, of the repository or else of the user. */
export function hashDigits(repository: Repository): HashDigits {
  const wanted = settingInteger(repository, 'hash-digits');
  if (wanted === undefined) return DEFAULT_HASH_DIGITS;
  const shown = Math.min(Math.max(wanted, FEWEST_DIGITS), MOST_DIGITS);
  return { shown, linked: Math.min(Math.max(shown + 6, FEWEST_URL_DIGITS), MOST_DIGITS) };
}

/** Text as it stands in a comment of the timeline that Fossil words itself. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
