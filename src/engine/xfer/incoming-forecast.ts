import { cloneSize, type ToldTotals } from './clone-forecast';
import { combined, NOTHING, type Forecast } from './estimate';
import type { ServerStatistics } from './server-statistics';
import type { SizeSample } from './size-sample';

export interface IncomingFacts {
  /** Artifacts here before the sync that a server may have too: with content, and not waiting to be sent. */
  before: number;
  /** Artifacts that have come. */
  artifacts: number;
  /** Bytes received; of those, bytes of the cards of artifacts. */
  bytes: number;
  cardBytes: number;
  /** Known by name and still missing. */
  missing: number;
  /** Whether clusters may be among what is missing: they name more. */
  isGrowing: boolean;
  /** Payloads of the artifacts that have come. */
  sample: SizeSample;
}

/** Bytes on the wire for an artifact where neither the server nor what has come tells. */
const USUAL_SIZE = 700;
/** Standard errors, as shares: of the server's mean for what is new, of the usual size, of a count that nothing confirms. */
const SERVER_MEAN_ERROR = 0.5;
const USUAL_SIZE_ERROR = 0.8;
const COUNT_ERROR = 0.8;
/** Names of artifacts are asked for and announced: bytes of a compressed `gimme` card. */
const GIMME = 36;

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
  const bytes = count.value * size.value;
  const error = Math.hypot(count.error / count.value, size.error / size.value);
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
  { before, artifacts, missing, isGrowing }: IncomingFacts,
  statistics: ServerStatistics,
): { value: number; error: number } | undefined {
  const known = artifacts + missing;
  if (!isGrowing) return { value: missing, error: 0 };
  if (statistics.artifacts === undefined) {
    return known === 0 ? undefined : { value: missing, error: COUNT_ERROR * missing };
  }
  const unnamed = Math.max(0, statistics.artifacts - before - known);
  const weight = artifacts === 0 ? 1 : missing / known;
  return { value: missing + unnamed * weight, error: (unnamed * weight) / 4 };
}

function sizeOfOne(facts: IncomingFacts, statistics: ServerStatistics): { value: number; error: number } {
  const { sample, artifacts, bytes } = facts;
  const all = cloneSize(statistics);
  const prior =
    all === undefined || !statistics.artifacts
      ? { value: USUAL_SIZE, error: USUAL_SIZE * USUAL_SIZE_ERROR }
      : { value: all / statistics.artifacts, error: (all / statistics.artifacts) * SERVER_MEAN_ERROR };
  if (artifacts === 0) return prior;
  const mean = bytes / artifacts;
  return combined(prior, { value: mean, error: mean * sample.relativeError });
}
