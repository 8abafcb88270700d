import type { Repository } from '../repository/repository';
import { newestWireSizes, type WireSize } from './wire-size';

/** Of the artifacts that came last, so many tell of those that come next, in so many groups, at least so many in each. */
const NEWEST = 1000;
const GROUPS = 8;
const LEAST_IN_GROUP = 10;
/** Groups that are alike may still be followed by others: standard error as a share. */
const LEAST_ERROR = 0.3;
/** A server may count otherwise than it is done here: so much of what the mix differs by from the mean of all is doubtful. */
const MIX_DOUBT = 0.5;
/** Tags, wiki pages, tickets and the like: short cards, much like each other, so that many take little in one message. */
const OTHERS: UsualSize = { value: 105, error: 40 };

/** What the mean artifact of a project takes on the wire. */
export interface UsualSize {
  value: number;
  /** Standard error, in bytes. */
  error: number;
}

/** What comes next, as far as a server tells. */
export interface Coming {
  artifacts: number;
  checkins: number;
}

/**
 * How large artifacts are that come next, from those that came last: a history has times of large files and times of small ones, so that the
 * mean of groups of neighbours tells more than that of all.
 * @param coming - tells how many of them are check-ins: in a time of tags and wiki pages artifacts are smaller than those before
 * @returns undefined where there are too few
 */
export function usualSize(repository: Repository, coming?: Coming): UsualSize | undefined {
  return usualOf(newestWireSizes(repository, NEWEST), coming);
}

/** The same. @param newest - the artifacts that came last, newest first */
export function usualOf(newest: readonly WireSize[], coming?: Coming): UsualSize | undefined {
  return (
    (coming && usualMix(newest, coming)) ??
    meanOf(
      newest.map(({ bytes }) => bytes),
      GROUPS,
    )
  );
}

/** Check-ins, the files that usually come with so many, and others. */
function usualMix(newest: readonly WireSize[], { artifacts, checkins }: Coming): UsualSize | undefined {
  const sizesOf = (kind: WireSize['kind']): number[] => newest.flatMap((one) => (one.kind === kind ? one.bytes : []));
  const [checkinSizes, fileSizes] = [sizesOf('checkin'), sizesOf('file')];
  const [checkin, file] = [meanOf(checkinSizes), meanOf(fileSizes)];
  const all = meanOf(newest.map(({ bytes }) => bytes));
  if (artifacts === 0 || checkin === undefined || file === undefined || all === undefined) return undefined;
  const filesOfOne = fileSizes.length / checkinSizes.length;
  const isCheckin = Math.min(checkins, artifacts);
  const isFile = Math.min(artifacts - isCheckin, isCheckin * filesOfOne);
  const parts: [number, UsualSize][] = [
    [isCheckin, checkin],
    [isFile, file],
    [artifacts - isCheckin - isFile, OTHERS],
  ];
  const mix = sum(parts.map(([count, { value }]) => count * value)) / artifacts;
  const errors = parts.map(([count, { error }]) => (count * error) / artifacts);
  return { value: mix, error: Math.hypot(...errors, MIX_DOUBT * (all.value - mix)) };
}

/** @param leastGroups - fewer tell nothing */
function meanOf(sizes: readonly number[], leastGroups = 1): UsualSize | undefined {
  const groups = Math.min(GROUPS, Math.floor(sizes.length / LEAST_IN_GROUP));
  if (groups < leastGroups) return undefined;
  const length = Math.floor(sizes.length / groups);
  const logarithms = Array.from({ length: groups }, (_, group) =>
    Math.log(mean(sizes.slice(group * length, (group + 1) * length))),
  );
  const middle = mean(logarithms);
  const spread = Math.sqrt(mean(logarithms.map((logarithm) => (logarithm - middle) ** 2)));
  const value = Math.exp(middle);
  return { value, error: value * Math.max(LEAST_ERROR, spread) };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
