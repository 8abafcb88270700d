import { managedFiles } from '../checkout/managed-files';
import { lowerAscii } from '../codec/ascii-case';
import type { Environment } from '../platform/environment';
import { settingFlag } from '../repository/setting-flag';
import { type HistorySource, readHistory } from './history-source';

/**
 * The name that a file is known by, when names that differ in the case of ASCII letters mean the same one.
 * @param isCaseSensitive - default: what the setting `case-sensitive` says
 * @returns `path` itself when it is known, when case counts, and when nothing is like it
 */
export function managedName(
  environment: Environment,
  source: HistorySource,
  path: string,
  isCaseSensitive?: boolean,
): Promise<string> {
  return readHistory(environment, source, ({ repository, checkout }) => {
    if (isCaseSensitive ?? settingFlag(repository, 'case-sensitive', true)) return path;
    const here = checkout === undefined ? [] : managedFiles(checkout).map((file) => file.path);
    const ever = repository.db
      .prepare('SELECT name FROM filename WHERE name=? COLLATE NOCASE ORDER BY fnid')
      .all<{ name: string }>(path)
      .map(({ name }) => name);
    const names = [...here, ...ever];
    return names.includes(path) ? path : (names.find((name) => lowerAscii(name) === lowerAscii(path)) ?? path);
  });
}
