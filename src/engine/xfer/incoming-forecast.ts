import { cloneSize } from './clone-forecast';
import { combined, NOTHING, type Forecast } from './estimate';
import type { ServerStatistics } from './server-statistics';
import type { SizeSample } from './size-sample';

/** What is known of a pull at the end of a round, and of the reply that is under way since. */
export interface IncomingFacts {
  /** Artifacts here before the sync that a server may have too: with content, and not waiting to be sent. */
  before: number;
  /** Artifacts that had come, without clusters: those come first, and are of another size. */
  artifacts: number;
  /** Bytes received with them. */
  bytes: number;
  /** Clusters that had come. */
  clusters: number;
  /** Known by name and missing then. */
  missing: number;
  /** Whether clusters may be among what was missing: they name more. */
  isGrowing: boolean;
  /** Whether the last round has named more. */
  hasGrown: boolean;
  /** Payloads of the artifacts that have come. */
  sample: SizeSample;
  /** The reply under way: artifacts that were asked for, its Content-Length, and what of it has come. */
  reply?: { asked: number; length: number; received: number };
}

/** Bytes on the wire for an artifact where neither the server nor what has come tells. */
const USUAL_SIZE = 700;
/** A whole reply is compressed better than its artifacts, each for itself, are in a clone. */
const REPLY_SHARE = 0.75;
/** Standard errors, as shares: of the server's mean for what is new, of the usual size, of a count that nothing confirms. */
const SERVER_MEAN_ERROR = 0.5;
const USUAL_SIZE_ERROR = 0.8;
const COUNT_ERROR = 0.8;
/** What has come tells of what is still to come with this error at the best. */
const MODEL_ERROR = 0.05;
/** Names are announced and asked for: bytes of a name in a cluster, and of a `gimme` card, when they are compressed. */
const ANNOUNCEMENT = 34;
export const GIMME = 36;
/** A round trip besides what it is about; each one asks for twice as many as the one before. */
const ROUND = 600;

/** What a pull still brings. @returns undefined before anything is known */
export function forecastIncoming(facts: IncomingFacts, statistics: ServerStatistics): Forecast | undefined {
  const count = countLeft(facts, statistics);
  if (count === undefined) return undefined;
  const basis = statistics.artifacts === undefined ? 'sequence' : 'server-statistics';
  const { reply } = facts;
  const rest = reply === undefined ? 0 : Math.max(0, reply.length - reply.received);
  // The reply's length is known: only what comes behind it has to be guessed.
  const later = Math.max(0, count.value - (reply?.asked ?? 0));
  if (later === 0) return rest === 0 ? NOTHING : { bytes: rest, deviation: count.error * USUAL_SIZE, basis };
  const size = sizeOfOne(facts, statistics);
  const unnamed = Math.max(0, count.value - facts.missing);
  const names = (later - unnamed) * GIMME + unnamed * (GIMME + ANNOUNCEMENT);
  const rounds = ROUND * Math.ceil(Math.log2(1 + later / Math.max(200, 2 * (reply?.asked ?? 0))));
  const bytes = later * size.value;
  const chance = size.value * size.spread * Math.sqrt(later);
  const error = Math.hypot(count.error * size.value, later * size.error, chance, MODEL_ERROR * bytes);
  return { bytes: rest + bytes + names + rounds, deviation: 2 * error, basis };
}

/** Artifacts that a pull still brings, the likeliest number. */
export function artifactsAhead(facts: IncomingFacts, statistics: ServerStatistics): number | undefined {
  const count = countLeft(facts, statistics);
  return count && Math.round(count.value);
}

/** The server's number counts what never comes, too: private artifacts and names without content. */
function countLeft(
  { before, artifacts, clusters, missing, isGrowing, hasGrown }: IncomingFacts,
  statistics: ServerStatistics,
): { value: number; error: number } | undefined {
  const known = artifacts + clusters + missing;
  if (!isGrowing) return { value: missing, error: 0 };
  if (statistics.artifacts === undefined) {
    return known === 0 ? undefined : { value: missing, error: COUNT_ERROR * missing };
  }
  const unnamed = Math.max(0, statistics.artifacts - before - known);
  const weight = hasGrown ? 1 : missing / known;
  return { value: missing + unnamed * weight, error: (unnamed * weight) / 4 };
}

/** @returns with its standard error, and the spread of single sizes as a share of it */
function sizeOfOne(
  { sample, artifacts, bytes, reply, hasGrown }: IncomingFacts,
  statistics: ServerStatistics,
): { value: number; error: number; spread: number } {
  const all = cloneSize(statistics);
  const prior =
    all === undefined || !statistics.artifacts
      ? { value: USUAL_SIZE, error: USUAL_SIZE * USUAL_SIZE_ERROR }
      : { value: (all / statistics.artifacts) * REPLY_SHARE, error: (all / statistics.artifacts) * SERVER_MEAN_ERROR };
  const { spread } = sample;
  // While names come, it is clusters that are asked for.
  const ahead = reply === undefined || hasGrown ? { asked: 0, length: 0 } : reply;
  const count = artifacts + ahead.asked;
  if (count === 0) return { ...prior, spread };
  const mean = (bytes + ahead.length) / count;
  return { ...combined(prior, { value: mean, error: (mean * spread) / Math.sqrt(count) }), spread };
}
