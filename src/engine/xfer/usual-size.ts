import type { Repository } from '../repository/repository';
import { newestWireSizes } from './wire-size';

/** Of the artifacts that came last, so many tell of those that come next, in so many groups, at least so many in each. */
const NEWEST = 1000;
const GROUPS = 8;
const LEAST_IN_GROUP = 10;
/** Groups that are alike may still be followed by others: standard error as a share. */
const LEAST_ERROR = 0.3;

/** What the mean artifact of a project takes on the wire. */
export interface UsualSize {
  value: number;
  /** Standard error, in bytes. */
  error: number;
}

/**
 * How large artifacts are that come next, from those that came last: a history has times of large files and times of small ones, so that the
 * mean of groups of neighbours tells more than that of all.
 * @returns undefined where there are too few
 */
export function usualSize(repository: Repository): UsualSize | undefined {
  const sizes = newestWireSizes(repository, NEWEST);
  const length = Math.floor(sizes.length / GROUPS);
  if (length < LEAST_IN_GROUP) return undefined;
  const logarithms = Array.from({ length: GROUPS }, (_, group) =>
    Math.log(mean(sizes.slice(group * length, (group + 1) * length))),
  );
  const middle = mean(logarithms);
  const spread = Math.sqrt(mean(logarithms.map((logarithm) => (logarithm - middle) ** 2)));
  const value = Math.exp(middle);
  return { value, error: value * Math.max(LEAST_ERROR, spread) };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
