import type { Repository } from './repository';
import { setting } from './settings';

/** A setting that is on or off, of the repository or else of the user (fossil.md 8.4). */
export function settingFlag(repository: Repository, name: string, byDefault: boolean): boolean {
  const value = setting(repository, name)?.toLowerCase();
  if (value === undefined) return byDefault;
  if (['on', 'yes', 'true'].includes(value)) return true;
  if (['off', 'no', 'false'].includes(value)) return false;
  const number = /^[+-]?\d+/.exec(value)?.[0];
  return number === undefined ? byDefault : Number(number) !== 0;
}
