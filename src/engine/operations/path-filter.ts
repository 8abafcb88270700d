import { GlobList } from '../checkout/glob-list';

/**
 * Whether files are among those that the user named: by their path, a directory above them, or a glob such as `*.c` or `src/*`.
 * Without names, all are.
 */
export function pathFilter(names: readonly string[]): (path: string) => boolean {
  if (names.length === 0 || names.includes('')) return () => true;
  const exact = new Set(names.map((name) => name.replace(/\/+$/, '')));
  const globs = names.filter((name) => /[*?[]/.test(name)).map((name) => new GlobList(`'${name}'`));
  return (path) =>
    exact.has(path) ||
    [...exact].some((directory) => path.startsWith(`${directory}/`)) ||
    globs.some((glob) => glob.matches(path));
}
