import { lowerAscii } from '../codec/ascii-case';
import { settingFlag } from '../repository/setting-flag';
import type { Repository } from '../repository/repository';

/**
 * Whether names of files that differ in the case of ASCII letters alone are the same, as for Fossil.
 * @param isCaseSensitive - default: what the setting `case-sensitive` says, and without it what is usual on the platform
 */
export function ignoresCase(repository: Repository, isCaseSensitive?: boolean): boolean {
  const isUsual = repository.environment.platform !== 'win32';
  return !(isCaseSensitive ?? settingFlag(repository, 'case-sensitive', isUsual));
}

/** The one of the names that is meant: the same, else, where case does not count, the first that is alike. */
export function nameAmong(names: Iterable<string>, name: string, isCaseIgnored: boolean): string | undefined {
  const lowered = lowerAscii(name);
  let alike: string | undefined;
  for (const candidate of names) {
    if (candidate === name) return candidate;
    if (isCaseIgnored && alike === undefined && lowerAscii(candidate) === lowered) alike = candidate;
  }
  return alike;
}
