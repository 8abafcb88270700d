import { managedFiles } from '../checkout/managed-files';
import type { Environment } from '../platform/environment';
import { ignoresCase, nameAmong } from './file-name-case';
import { type HistorySource, readHistory } from './history-source';

/**
 * The names that files are known by, when names that differ in the case of ASCII letters mean the same one.
 * @param isCaseSensitive - default: what the setting `case-sensitive` says
 * @returns for each path itself when it is known, when case counts, and when nothing is like it
 */
export function managedNames(
  environment: Environment,
  source: HistorySource,
  paths: readonly string[],
  isCaseSensitive?: boolean,
): Promise<string[]> {
  return readHistory(environment, source, ({ repository, checkout }) => {
    if (!ignoresCase(repository, isCaseSensitive)) return [...paths];
    const here = checkout === undefined ? [] : managedFiles(checkout).map((file) => file.path);
    const ever = repository.db.prepare('SELECT name FROM filename WHERE name=? COLLATE NOCASE ORDER BY fnid');
    return paths.map((path) => {
      const names = [...here, ...ever.all<{ name: string }>(path).map(({ name }) => name)];
      return nameAmong(names, path, true) ?? path;
    });
  });
}
