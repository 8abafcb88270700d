import type { Progress } from '../progress';

/** What a server tells about itself under `/json/stat?full=1` (fossil.md 9). */
export interface ServerStatistics {
  projectCode?: string;
  /** Artifacts, with phantoms and private ones. */
  artifacts?: number;
  /** Bytes of the repository's file. */
  repositorySize?: number;
}

/** Share of a repository's file that is artifacts, as they travel in a clone. */
const CONTENT_SHARE = { low: 0.6, high: 0.9 };
/** A server sends about 5 MB a round; while more is to come, at least two rounds are assumed. */
const ASSUMED_REST = 10_000_000;

/** Reads an answer of `/json/stat`. @returns what of it is usable; nothing when the server refused */
export function readStatistics(answer: unknown): ServerStatistics {
  if (!isRecord(answer) || !isRecord(answer['payload'])) return {};
  const { projectCode, blobCount, repositorySize } = answer['payload'];
  return {
    ...(typeof projectCode === 'string' && /^[0-9a-f]{40}$/.test(projectCode) ? { projectCode } : {}),
    ...(isCount(blobCount) ? { artifacts: blobCount } : {}),
    ...(isCount(repositorySize) ? { repositorySize } : {}),
  };
}

export interface Estimate {
  /** Share of the receiving that is done, 0 to 1. */
  share: number;
  artifacts?: number;
  range: NonNullable<Progress['estimate']>;
}

/**
 * How far a transfer is.
 * @param done - what has come; `isComplete` when nothing more can
 * @param totals - the server's statistics (clone), or the exact number of artifacts to come (sync), or nothing: then the slope of what
 * came so far is continued
 */
export function estimate(
  done: { artifacts: number; bytes: number; isComplete: boolean },
  totals: Pick<ServerStatistics, 'artifacts' | 'repositorySize'>,
): Estimate {
  const { artifacts, bytes } = done;
  if (done.isComplete) return { share: 1, artifacts, range: { low: bytes, high: bytes, basis: 'exact' } };
  if (totals.artifacts === undefined || totals.artifacts < artifacts) {
    const share = bytes / (bytes + Math.max(ASSUMED_REST, bytes / 4));
    return { share, range: { low: bytes, high: 2 * bytes + ASSUMED_REST, basis: 'sequence' } };
  }
  const byCount = artifacts / Math.max(1, totals.artifacts);
  const size = totals.repositorySize;
  if (size === undefined) {
    const projected = byCount > 0 ? bytes / byCount : bytes;
    return { share: byCount, artifacts: totals.artifacts, range: { low: bytes, high: projected, basis: 'sequence' } };
  }
  // What the file's size says counts less, the more of it has been seen.
  const mix = (guess: number): number =>
    Math.max(bytes, (1 - byCount) * guess + (byCount > 0 ? byCount * (bytes / byCount) : 0));
  const range = { low: mix(size * CONTENT_SHARE.low), high: mix(size * CONTENT_SHARE.high) };
  const byBytes = Math.min(1, (2 * bytes) / Math.max(1, range.low + range.high));
  return {
    share: (byCount + byBytes) / 2,
    artifacts: totals.artifacts,
    range: { ...range, basis: 'server-statistics' },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
