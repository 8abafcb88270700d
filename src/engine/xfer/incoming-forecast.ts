import { cloneSize } from './clone-forecast';
import { combined, NOTHING, type Forecast } from './estimate';
import type { ServerStatistics } from './server-statistics';
import type { SizeSample } from './size-sample';
import type { UsualSize } from './usual-size';
import { nameSize } from './wire-size';

/** What is known of a pull at the end of a round, and of the reply that is under way since. */
export interface IncomingFacts {
  /** Artifacts here before the sync that a server may have too: with content, and not waiting to be sent. */
  before: number;
  /** Artifacts that had come, without clusters, which are names alone. */
  artifacts: number;
  /** Bytes on the wire of the replies that brought them. */
  bytes: number;
  /** Clusters that had come. */
  clusters: number;
  /** Known by name and missing then. */
  missing: number;
  /** What the server has told to be to come, and has stopped to send by itself: those that are known by name are among them. */
  promised?: number;
  /** Whether clusters may be among what was missing: they name more. */
  isGrowing: boolean;
  /** Whether the last round has named more. */
  hasGrown: boolean;
  /** Payloads of the artifacts that have come. */
  sample: SizeSample;
  /** What the artifacts that are here tell of those that come. */
  usual?: UsualSize | undefined;
  /** Hexadecimal digits of an artifact's name. */
  nameLength: number;
  /** The reply under way: artifacts that were asked for, its Content-Length, and what of it has come. */
  reply?: { asked: number; length: number; received: number };
}

/** Bytes on the wire for an artifact where nothing tells. */
const USUAL: UsualSize = { value: 500, error: 400 };
/** Whole replies are compressed better than artifacts, each for itself, are in a clone. */
const REPLY_SHARE = 0.75;
/** Standard errors, as shares: of the server's mean for what is new, of counts that nothing confirms, and of those that a reply's length suggests. */
const SERVER_MEAN_ERROR = 0.5;
const COUNT_ERROR = 0.8;
const NAMES_ERROR = 0.3;
const PROMISED_ERROR = 0.1;
/** What has come tells of what is still to come with these errors: at the best, and where almost all is still to come. */
const MODEL_ERROR = 0.05;
const DRIFT = 0.35;
/** Names in a cluster, at the least; and bytes of a compressed cluster, at the least, by which one is known before it has come. */
const NAMES_IN_CLUSTER = 50;
const CLUSTER_BYTES = 3000;
/** Bytes of a round trip besides what it is about, and artifacts that it brings. */
const ROUND = 600;
const ARTIFACTS_IN_ROUND = 3000;
const NO_REPLY = { asked: 0, length: 0 };

/**
 * What a pull still brings: all bytes of the messages and replies that are to follow, as they are on the wire. A name travels in a cluster and
 * in a `gimme` card; how much its artifact takes, nobody tells before the reply that brings it has begun.
 * @returns undefined before anything is known
 */
export function forecastIncoming(facts: IncomingFacts, statistics: ServerStatistics): Forecast | undefined {
  const count = countLeft(facts, statistics);
  if (count === undefined) return undefined;
  const basis = statistics.artifacts === undefined ? 'sequence' : 'server-statistics';
  const { reply, missing, nameLength } = facts;
  const rest = reply === undefined ? 0 : Math.max(0, reply.length - reply.received);
  const name = nameSize(nameLength);
  const unnamed = Math.max(0, count.value - missing);
  // Clusters that name the others are among what a reply brings that brings all that has a name, or are all that it brings.
  const bringsAll = reply !== undefined && reply.asked >= missing;
  const named = count.bringsNames ? (reply?.length ?? 0) : bringsAll ? Math.min(unnamed * name, reply.length) : 0;
  const size = sizeOfOne(facts, statistics, named);
  // The reply's length is known: only what comes behind it has to be guessed.
  const later = Math.max(0, count.value - (reply?.asked ?? 0));
  if (count.value === 0 && rest === 0) return NOTHING;
  // How much of what was asked for the reply brings is known when it is stored.
  if (later === 0) return { bytes: rest, deviation: 2 * count.error * size.value, basis };
  const announcements = Math.max(0, unnamed * name - named);
  const overhead = later * name + announcements + ROUND * Math.ceil(later / ARTIFACTS_IN_ROUND);
  const bytes = later * size.value;
  const chance = size.value * size.spread * Math.sqrt(later);
  const error = Math.hypot(count.error * (size.value + name), later * size.error, chance, MODEL_ERROR * bytes);
  return { bytes: rest + bytes + overhead, deviation: 2 * error, basis };
}

/** Artifacts that a pull still brings, the likeliest number. */
export function artifactsAhead(facts: IncomingFacts, statistics: ServerStatistics): number | undefined {
  const count = countLeft(facts, statistics);
  return count && Math.round(count.value);
}

interface CountLeft {
  value: number;
  /** Standard error. */
  error: number;
  /** Whether the reply under way brings clusters: names, and no artifacts to measure. */
  bringsNames: boolean;
}

/** The server's number counts what never comes, too: private artifacts and names without content. */
function countLeft(facts: IncomingFacts, statistics: ServerStatistics): CountLeft | undefined {
  const { before, artifacts, clusters, missing, promised = 0, isGrowing, hasGrown, reply, nameLength } = facts;
  const known = artifacts + clusters + missing;
  if (promised > missing)
    return { value: promised, error: PROMISED_ERROR * (promised - missing), bringsNames: missing === 0 };
  if (!isGrowing) return { value: missing, error: 0, bringsNames: false };
  if (statistics.artifacts !== undefined) {
    const unnamed = Math.max(0, statistics.artifacts - before - known);
    const weight = hasGrown ? 1 : missing / known;
    const bringsNames = reply !== undefined && unnamed >= NAMES_IN_CLUSTER * Math.max(1, reply.asked);
    return { value: missing + unnamed * weight, error: (unnamed * weight) / 10, bringsNames };
  }
  if (known === 0) return undefined;
  if (clusters > 0) return { value: missing, error: 0, bringsNames: false };
  const bringsNames = reply !== undefined && reply.length >= CLUSTER_BYTES * Math.max(1, reply.asked);
  if (!bringsNames) return { value: missing, error: COUNT_ERROR * missing, bringsNames };
  const named = reply.length / nameSize(nameLength);
  return { value: missing + named, error: NAMES_ERROR * named, bringsNames };
}

/** @param named - bytes of the reply under way that are names. @returns with its standard error, and the spread of single sizes as a share of it */
function sizeOfOne(facts: IncomingFacts, statistics: ServerStatistics, named: number): UsualSize & { spread: number } {
  const { sample, artifacts, bytes, reply, missing, usual = serverMean(statistics) ?? USUAL } = facts;
  const { spread } = sample;
  const now =
    reply === undefined || named >= reply.length ? NO_REPLY : { asked: reply.asked, length: reply.length - named };
  const count = artifacts + now.asked;
  if (count === 0) return { ...usual, spread };
  const value = ((bytes + now.length) / count) * sample.likelyShare;
  const later = Math.max(0, missing - now.asked);
  const error = value * Math.hypot(spread / Math.sqrt(count), (DRIFT * later) / (later + count));
  return { ...combined(usual, { value, error }), spread };
}

function serverMean(statistics: ServerStatistics): UsualSize | undefined {
  const all = cloneSize(statistics);
  if (all === undefined || !statistics.artifacts) return undefined;
  const value = (REPLY_SHARE * all) / statistics.artifacts;
  return { value, error: SERVER_MEAN_ERROR * value };
}
