import { GlobList } from '../checkout/glob-list';
import { lowerAscii } from '../codec/ascii-case';

/**
 * Whether files are among those that the user named: by their path, a directory above them, or a glob such as `*.c` or `src/*`.
 * Without names, all are.
 * @param isCaseIgnored - see `ignoresCase`
 */
export function pathFilter(names: readonly string[], isCaseIgnored: boolean): (path: string) => boolean {
  if (names.length === 0 || names.includes('')) return () => true;
  const spelled = isCaseIgnored ? lowerAscii : (name: string): string => name;
  const wanted = names.map(spelled);
  const exact = new Set(wanted.map((name) => name.replace(/\/+$/, '')));
  const globs = wanted.filter((name) => /[*?[]/.test(name)).map((name) => new GlobList(`'${name}'`));
  return (given) => {
    const path = spelled(given);
    return (
      exact.has(path) ||
      [...exact].some((directory) => path.startsWith(`${directory}/`)) ||
      globs.some((glob) => glob.matches(path))
    );
  };
}
