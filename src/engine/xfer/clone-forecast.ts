import { combined, NOTHING, type Forecast } from './estimate';
import type { ServerStatistics } from './server-statistics';

/** What a server of ours has told of what is to come (docs/protocol-extensions.md). */
export interface ToldTotals {
  artifacts: number;
  /** Of a clone, bytes of their cards; of a pull, bytes of the replies that follow the one that told. */
  bytes: number;
  /** By how many bytes that may be wrong; absent: it is exact. */
  deviation?: number;
}

export interface CloneFacts {
  /** Artifacts and bytes that had come before this operation; a clone goes on behind them. */
  before: number;
  artifacts: number;
  /** Bytes received. */
  bytes: number;
  /** Bytes of them that were no artifacts. */
  overhead: number;
  /** The reply under way: its Content-Length and what of it has come. */
  reply?: { length: number; received: number };
  isComplete: boolean;
}

/** Bytes of a repository's file that are no content: a few empty tables, and for each artifact its rows and index entries. */
const EMPTY_FILE = 70_000;
const ROWS = 430;
/** Content is at least, and at most, this share of the file. */
const CONTENT_SHARE = { least: 0.2, most: 0.97 };
/** Bytes of a `cfile` card's line, and of the name of a delta's source. */
const CARD = 82;
const SOURCE = 65;
/** Standard errors of the two opinions, as shares of the total: what the file's size says, and the slope of what has come. */
const PRIOR_ERROR = 0.06;
const SLOPE_ERROR = 0.25;
/** The same of the first, as a share of what lies between them. */
const DISPUTE_ERROR = 0.35;
/** The file's size misleads more often than its usual error tells: before anything has come, a range is this wide. */
const PRIOR_DEVIATION = 0.3;
/** A server fills a reply up to this many bytes: a shorter one is the last (fossil.md 2.7). */
const FULL_REPLY = 4_500_000;

/** Bytes that cloning all artifacts of a server takes, from the size of its file. */
export function cloneSize({ artifacts, deltas, repositorySize }: ServerStatistics): number | undefined {
  if (artifacts === undefined || repositorySize === undefined) return undefined;
  const content = repositorySize - EMPTY_FILE - ROWS * artifacts;
  const { least, most } = CONTENT_SHARE;
  const bounded = Math.min(Math.max(content, repositorySize * least), repositorySize * most);
  return bounded + CARD * artifacts + SOURCE * (deltas ?? artifacts);
}

/**
 * What a clone still brings.
 * @returns undefined while nothing tells
 */
export function forecastClone(
  facts: CloneFacts,
  statistics: ServerStatistics,
  told: ToldTotals | undefined,
): Forecast | undefined {
  if (facts.isComplete) return { ...NOTHING, bytes: replyLeft(facts) };
  if (told !== undefined) {
    const come = Math.max(0, facts.bytes - facts.overhead);
    return { bytes: Math.max(0, told.bytes - come), deviation: 0, basis: 'exact' };
  }
  return withinReply(facts, forecastBySize(facts, statistics));
}

function forecastBySize(facts: CloneFacts, statistics: ServerStatistics): Forecast | undefined {
  const size = cloneSize(statistics);
  const count = statistics.artifacts ?? 0;
  const artifacts = facts.before + facts.artifacts;
  if (size === undefined || count <= artifacts) return undefined;
  const share = artifacts / count;
  // What an interrupted clone had brought is no part of this one's bytes.
  const left = Math.max(0, size * (1 - facts.before / count) - facts.bytes);
  if (facts.artifacts === 0) return { bytes: left, deviation: PRIOR_DEVIATION * left, basis: 'server-statistics' };
  const rest = (facts.bytes / facts.artifacts) * (count - artifacts);
  // Where they are far from each other, the file holds much that does not travel.
  const prior = { value: left, error: Math.max(PRIOR_ERROR * size, DISPUTE_ERROR * Math.abs(left - rest)) };
  const slope = { value: rest, error: SLOPE_ERROR * Math.sqrt(1 - share) * (facts.bytes + rest) };
  const { value, error } = combined(prior, slope);
  const deviation = Math.max(2 * error, PRIOR_DEVIATION * value * (1 - share));
  return { bytes: value, deviation, basis: 'server-statistics' };
}

/** A reply's length is known before its content: at least that much comes, and no more when it is shorter than a full one. */
function withinReply(facts: CloneFacts, forecast: Forecast | undefined): Forecast | undefined {
  if (facts.reply === undefined) return forecast;
  const left = replyLeft(facts);
  const isLast = facts.reply.length < FULL_REPLY && (forecast === undefined || forecast.bytes < 3 * (left + CARD));
  if (isLast) return { bytes: left, deviation: left * 0.02, basis: 'sequence' };
  if (forecast === undefined) return { bytes: left + facts.bytes, deviation: facts.bytes + left, basis: 'sequence' };
  return { ...forecast, bytes: Math.max(forecast.bytes, left) };
}

function replyLeft({ reply }: CloneFacts): number {
  return reply === undefined ? 0 : Math.max(0, reply.length - reply.received);
}
