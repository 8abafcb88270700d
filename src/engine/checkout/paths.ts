/** Arithmetic on absolute paths of either operating system. Paths inside a checkout are relative with `/`, as Fossil stores them. */
export interface PathStyle {
  platform: 'posix' | 'win32';
}

/** @returns the path in the form of the operating system; `relative` has `/` */
export function joinPath({ platform }: PathStyle, directory: string, relative: string): string {
  if (relative === '') return directory;
  const separator = platform === 'win32' ? '\\' : '/';
  const tail = platform === 'win32' ? relative.replaceAll('/', '\\') : relative;
  return directory.endsWith(separator) ? directory + tail : directory + separator + tail;
}

export function isAbsolutePath({ platform }: PathStyle, path: string): boolean {
  return platform === 'win32' ? /^([A-Za-z]:[\\/]|[\\/]{2})/.test(path) : path.startsWith('/');
}

/** @returns an absolute path without `.`, `..`, doubled or trailing separators; a relative `path` starts at `base` */
export function resolvePath(style: PathStyle, base: string, path: string): string {
  const whole = isAbsolutePath(style, path) ? path : joinPath(style, base, path);
  const slashed = style.platform === 'win32' ? whole.replaceAll('\\', '/') : whole;
  const root = /^([A-Za-z]:)?\/{1,2}/.exec(slashed)?.[0] ?? '/';
  const parts: string[] = [];
  for (const part of slashed.slice(root.length).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const drive = style.platform === 'win32' ? root : '/';
  return style.platform === 'win32' ? (drive + parts.join('/')).replaceAll('/', '\\') : drive + parts.join('/');
}

/** @returns the directory above, or undefined at the top */
export function parentDirectory({ platform }: PathStyle, path: string): string | undefined {
  const end = platform === 'win32' ? Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) : path.lastIndexOf('/');
  if (end < 0 || end === path.length - 1) return undefined;
  const isTop = end === 0 || (platform === 'win32' && end === 2 && path[1] === ':');
  return path.slice(0, isTop ? end + 1 : end);
}

/** @returns the path from `root` to `path` with `/`, empty for the root itself; undefined when it lies outside */
export function pathWithin({ platform }: PathStyle, root: string, path: string): string | undefined {
  const slashed = (text: string): string => (platform === 'win32' ? text.replaceAll('\\', '/') : text);
  const [from, to] = [slashed(root), slashed(path)];
  const matches = (prefix: string): boolean =>
    platform === 'win32' ? to.toLowerCase().startsWith(prefix.toLowerCase()) : to.startsWith(prefix);
  if (to.length === from.length && matches(from)) return '';
  const prefix = from.endsWith('/') ? from : `${from}/`;
  return matches(prefix) ? to.slice(prefix.length) : undefined;
}

/** @returns every directory above a relative path, nearest first: `a/b/c` gives `a/b`, `a` */
export function directoriesAbove(relative: string): string[] {
  const above: string[] = [];
  for (let end = relative.lastIndexOf('/'); end > 0; end = relative.lastIndexOf('/', end - 1)) {
    above.push(relative.slice(0, end));
  }
  return above;
}
