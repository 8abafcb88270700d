/**
 * What a `fossil:` URI names: a file as the checked-out version or another check-in has it, an artifact or an unversioned file by its hash. It is the
 * URI's query; the URI's path is the file's own, so that editors find its name and language.
 */
export type FossilLocation =
  | { kind: 'file'; root: string; path: string; version?: string }
  | { kind: 'artifact' | 'unversioned'; root: string; hash: string };

export const fossilScheme = 'fossil';

export function encodeLocation(location: FossilLocation): string {
  return JSON.stringify(location);
}

/** @returns undefined when the query is not one of ours */
export function decodeLocation(query: string): FossilLocation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(query);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('root' in value) || !('kind' in value)) return undefined;
  const { root, kind } = value;
  if (typeof root !== 'string') return undefined;
  if ((kind === 'artifact' || kind === 'unversioned') && 'hash' in value && typeof value.hash === 'string') {
    return { kind, root, hash: value.hash };
  }
  if (kind === 'file' && 'path' in value && typeof value.path === 'string') {
    const version = 'version' in value && typeof value.version === 'string' ? { version: value.version } : {};
    return { kind, root, path: value.path, ...version };
  }
  return undefined;
}
