import { cloneSize, type ToldTotals } from './clone-forecast';
import { combined, NOTHING, type Forecast } from './estimate';
import type { ServerStatistics } from './server-statistics';
import type { SizeSample } from './size-sample';

/** What is known of a pull at the end of a round. */
export interface IncomingFacts {
  /** Artifacts here before the sync that a server may have too: with content, and not waiting to be sent. */
  before: number;
  /** Artifacts that have come. */
  artifacts: number;
  /** Bytes received, without those of clusters: they come first, and are of another size. */
  bytes: number;
  /** Bytes of the cards of artifacts. */
  cardBytes: number;
  /** Known by name and still missing. */
  missing: number;
  /** Whether clusters may be among what is missing: they name more. */
  isGrowing: boolean;
  /** Whether the last round has named more. */
  hasGrown: boolean;
  /** Payloads of the artifacts that have come. */
  sample: SizeSample;
}

/** Bytes on the wire for an artifact where neither the server nor what has come tells. */
const USUAL_SIZE = 700;
/** A whole reply is compressed better than its artifacts, each for itself, are in a clone. */
const REPLY_SHARE = 0.75;
/** Standard errors, as shares: of the server's mean for what is new, of the usual size, of a count that nothing confirms. */
const SERVER_MEAN_ERROR = 0.35;
const USUAL_SIZE_ERROR = 0.8;
const COUNT_ERROR = 0.8;
/** What has come tells of what is still to come with this error at the best. */
const MODEL_ERROR = 0.025;
/** Names are announced and asked for: bytes of a name in a cluster, and of a `gimme` card, when they are compressed. */
const ANNOUNCEMENT = 34;
export const GIMME = 36;

/** What a pull still brings. @returns undefined before anything is known */
export function forecastIncoming(
  facts: IncomingFacts,
  statistics: ServerStatistics,
  told: ToldTotals | undefined,
): Forecast | undefined {
  if (told !== undefined) return forecastTold(facts, told);
  const count = countLeft(facts, statistics);
  if (count === undefined) return undefined;
  if (count.value === 0) return NOTHING;
  const size = sizeOfOne(facts, statistics);
  const names = facts.missing * GIMME + (count.value - facts.missing) * (GIMME + ANNOUNCEMENT);
  const bytes = count.value * size.value + names;
  const error = Math.hypot(count.error / count.value, size.error / size.value, MODEL_ERROR);
  return {
    bytes,
    deviation: 2 * error * bytes,
    basis: statistics.artifacts === undefined ? 'sequence' : 'server-statistics',
  };
}

/** Artifacts that a pull still brings, the likeliest number. */
export function artifactsAhead(
  facts: IncomingFacts,
  statistics: ServerStatistics,
  told: ToldTotals | undefined,
): number | undefined {
  if (told !== undefined) return Math.max(facts.missing, told.artifacts - facts.artifacts);
  const count = countLeft(facts, statistics);
  return count && Math.round(count.value);
}

/** What else comes and goes with the artifacts grows with them. */
function forecastTold(facts: IncomingFacts, told: ToldTotals): Forecast {
  const count = Math.max(0, told.artifacts - facts.artifacts);
  const bytes = Math.max(0, told.bytes - facts.cardBytes);
  return { bytes: bytes + count * GIMME, deviation: 0, basis: 'exact' };
}

/** The server's number counts what never comes, too: private artifacts and names without content. */
function countLeft(
  { before, artifacts, missing, isGrowing, hasGrown }: IncomingFacts,
  statistics: ServerStatistics,
): { value: number; error: number } | undefined {
  const known = artifacts + missing;
  if (!isGrowing) return { value: missing, error: 0 };
  if (statistics.artifacts === undefined) {
    return known === 0 ? undefined : { value: missing, error: COUNT_ERROR * missing };
  }
  const unnamed = Math.max(0, statistics.artifacts - before - known);
  const weight = hasGrown ? 1 : missing / known;
  return { value: missing + unnamed * weight, error: (unnamed * weight) / 4 };
}

function sizeOfOne(facts: IncomingFacts, statistics: ServerStatistics): { value: number; error: number } {
  const { sample, artifacts, bytes } = facts;
  const all = cloneSize(statistics);
  const prior =
    all === undefined || !statistics.artifacts
      ? { value: USUAL_SIZE, error: USUAL_SIZE * USUAL_SIZE_ERROR }
      : { value: (all / statistics.artifacts) * REPLY_SHARE, error: (all / statistics.artifacts) * SERVER_MEAN_ERROR };
  if (artifacts === 0) return prior;
  const mean = bytes / artifacts;
  return combined(prior, { value: mean, error: mean * sample.relativeError });
}
