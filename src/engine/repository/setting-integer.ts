import type { Repository } from './repository';
import { setting } from './settings';

/** A setting that is a whole number, of the repository or else of the user; as SQLite reads it: 0 where no number stands. */
export function settingInteger(repository: Repository, name: string): number | undefined {
  const value = setting(repository, name);
  if (value === undefined) return undefined;
  return Number(/^\s*([+-]?\d+)/.exec(value)?.[1] ?? 0);
}
