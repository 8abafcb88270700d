import { compareBytes } from '../codec/utf8';

/** A file's state on one side; without `hash` it is deleted there. */
export interface UnversionedState {
  /** Unix seconds. */
  mtime: number;
  hash?: string;
}

/**
 * How an unversioned file here stands to the one of the other side: unknown here; theirs wins; the same content with a younger time
 * there; identical; the same content with a younger time here; ours wins.
 */
export type UnversionedStanding = 'unknown' | 'theirs' | 'their-time' | 'identical' | 'our-time' | 'ours';

/** Compares by age, and at the same age by hash, a deletion counting as `-` (fossil.md 2.5): both sides come to the same verdict. */
export function unversionedStanding(ours: UnversionedState | undefined, theirs: UnversionedState): UnversionedStanding {
  if (ours === undefined) return 'unknown';
  const order = compareBytes(ours.hash ?? '-', theirs.hash ?? '-');
  if (order === 0) {
    if (ours.mtime === theirs.mtime) return 'identical';
    return ours.mtime < theirs.mtime ? 'their-time' : 'our-time';
  }
  return ours.mtime < theirs.mtime || (ours.mtime === theirs.mtime && order < 0) ? 'theirs' : 'ours';
}
