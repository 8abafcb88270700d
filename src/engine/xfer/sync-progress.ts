import type { ProgressListener } from '../progress';
import type { Repository } from '../repository/repository';
import type { Card, CompressedFileCard, FileCard } from './card';
import type { ToldTotals } from './clone-forecast';
import type { Conversation } from './conversation';
import { estimate, NOTHING, type Forecast } from './estimate';
import { artifactsAhead, forecastIncoming, GIMME, type IncomingFacts } from './incoming-forecast';
import { forecastOutgoing } from './outgoing-forecast';
import { OutgoingSizes } from './outgoing-sizes';
import { ProgressMeter } from './progress-meter';
import { readStatistics, STATISTICS_PATH, type ServerStatistics } from './server-statistics';
import { SizeSample } from './size-sample';
import type { PartProgress } from './sync-part';
import type { Session } from './transport';

type Traffic = Pick<Conversation, 'bytesReceived' | 'bytesSent' | 'roundTrips' | 'reply'>;

/** What the halves of a sync have come to. */
export interface SyncCounts {
  /** Stored and arriving. */
  received: number;
  sent: number;
  /** Of the parts besides artifacts. */
  parts: readonly PartProgress[];
}

/** Of names, half is left when they are compressed. */
const NAMES_COMPRESSED = 0.53;
/** Payloads of parts travel compressed: at least, and at most, this share of them. */
const COMPRESSED = { least: 0.25, most: 1.02 };

/** Tells how far a pull, push or sync is. Costs next to nothing when nobody listens. */
export class SyncProgress {
  readonly #meter: ProgressMeter;
  readonly #isHeard: boolean;
  readonly #isPulling: boolean;
  readonly #sample = new SizeSample();
  /** What waits to be sent: the push tells. */
  readonly outgoing: OutgoingSizes | undefined;
  #statistics: ServerStatistics = {};
  #hasAsked = false;
  #told: ToldTotals | undefined;
  #before = 0;
  /** Artifacts that have come, and bytes of their cards; of clusters, the bytes on the wire. */
  #arrived = 0;
  #cardBytes = 0;
  #clusterBytes = 0;
  /** Artifacts that had come or were known by name at the end of the last round. */
  #known = 0;
  /** What was ahead at the end of the last round; undefined before anything is known. */
  #incoming: {
    forecast: Forecast | undefined;
    artifacts: number;
    bytesReceived: number;
    bytesSent: number;
    gimmes: number;
  };

  constructor(
    repository: Repository,
    options: { isPulling: boolean; isPushing: boolean; onProgress: ProgressListener | undefined },
  ) {
    this.#isHeard = options.onProgress !== undefined;
    this.#isPulling = options.isPulling;
    const forecast = options.isPulling ? undefined : NOTHING;
    this.#incoming = { forecast, artifacts: 0, bytesReceived: 0, bytesSent: 0, gimmes: 0 };
    this.#meter = new ProgressMeter(repository.environment.clock, options.onProgress);
    if (this.#isHeard && options.isPushing) this.outgoing = new OutgoingSizes(repository);
    if (this.#isHeard && options.isPulling) this.#before = artifactsShared(repository);
  }

  /** Hears every card of a reply. */
  hear(card: Card): void {
    if (!this.#isHeard || (card.kind !== 'file' && card.kind !== 'cfile')) return;
    const { length } = card.kind === 'file' ? card.payload : card.container;
    this.#cardBytes += length + lineLength(card);
    if (isCluster(card)) this.#clusterBytes += length * NAMES_COMPRESSED;
    else this.#sample.add(length);
    this.#arrived++;
  }

  /** The server has told exactly what is to come, from now on. */
  learn(told: ToldTotals): void {
    this.#told ??= told;
  }

  /**
   * After each reply, when it is stored: asks the server once how much it has, when something is to come and it has not told.
   * @param countMissing - counts artifacts that are known by name and not here
   */
  async digest(
    session: Pick<Session, 'fetchJson'>,
    traffic: Traffic,
    countMissing: () => number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (!this.#isHeard || !this.#isPulling) return;
    const missing = countMissing();
    const known = this.#arrived + missing;
    const hasGrown = known > this.#known;
    this.#known = known;
    if (!this.#hasAsked && this.#told === undefined && missing > 0) {
      this.#hasAsked = true;
      const options = signal === undefined ? {} : { signal };
      this.#statistics = readStatistics(await session.fetchJson(STATISTICS_PATH, options));
    }
    const facts: IncomingFacts = {
      before: this.#before,
      artifacts: this.#arrived,
      bytes: traffic.bytesReceived - this.#clusterBytes,
      cardBytes: this.#cardBytes,
      missing,
      hasGrown,
      isGrowing: missing > 0 && (hasGrown || this.#statistics.artifacts !== undefined),
      sample: this.#sample,
    };
    this.#incoming = {
      forecast: forecastIncoming(facts, this.#statistics, this.#told),
      artifacts: this.#arrived + (artifactsAhead(facts, this.#statistics, this.#told) ?? 0),
      bytesReceived: traffic.bytesReceived,
      bytesSent: traffic.bytesSent,
      gimmes: missing * GIMME,
    };
  }

  report(traffic: Traffic, counts: SyncCounts): void {
    if (!this.#isHeard) return;
    const { bytesReceived, bytesSent, roundTrips } = traffic;
    const { received, sent, parts } = counts;
    const outgoing = this.outgoing ? forecastOutgoing(this.outgoing, bytesSent, roundTrips) : NOTHING;
    const done = bytesReceived + bytesSent;
    const { share, range } = estimate(done, [this.#incomingLeft(traffic), outgoing, forecastParts(counts, done)]);
    const moved = received + sent + sum(parts.map(({ artifacts }) => artifacts.done));
    const ahead =
      Math.max(0, this.#incoming.artifacts - received) +
      (this.outgoing?.waiting ?? 0) +
      sum(parts.map(({ artifacts }) => artifacts.total - artifacts.done));
    const total = moved + ahead;
    this.#meter.update(
      {
        phase: roundTrips === 0 ? 'connect' : sent > received ? 'send' : 'receive',
        artifacts: { done: moved, ...(total > 0 ? { total } : {}) },
        bytes: { done, ...(range?.basis === 'exact' && total > 0 ? { total: range.high } : {}) },
        ...(range === undefined ? {} : { estimate: range }),
        roundTrips,
      },
      // Half by what has crossed, half by what is stored: either may be what takes the time.
      total === 0 || range === undefined ? 0 : (share + moved / total) / 2,
    );
  }

  /** All is done. @param artifacts - that have moved */
  finish(artifacts: number): void {
    this.#meter.finish('finish', artifacts);
  }

  /** What was ahead at the end of the last round, without what has come since. */
  #incomingLeft({ bytesReceived, bytesSent, reply }: Traffic): Forecast | undefined {
    const { forecast, ...before } = this.#incoming;
    if (forecast === undefined) return undefined;
    const rest = reply === undefined ? 0 : reply.length - reply.received;
    const come = bytesReceived - before.bytesReceived + Math.min(bytesSent - before.bytesSent, before.gimmes);
    const bytes = Math.max(forecast.bytes - come, rest, 0);
    return { ...forecast, bytes, deviation: Math.min(forecast.deviation, 2 * bytes) };
  }
}

/** Artifacts here that a server may have, too. */
function artifactsShared({ blobs, db }: Repository): number {
  const unsent = db.prepare('SELECT count(*) AS count FROM unsent').get<{ count: number }>()?.count ?? 0;
  return Math.max(0, blobs.count() - unsent);
}

function forecastParts({ parts, received, sent }: SyncCounts, done: number): Forecast {
  const moved = sum(parts.map(({ bytes }) => bytes.done));
  const left = sum(parts.map(({ bytes }) => bytes.total - bytes.done));
  if (left <= 0) return NOTHING;
  // Where nothing else moves, what has moved tells how well the rest will be compressed.
  const isAlone = received + sent === 0 && moved >= left / 10;
  const { least, most } = COMPRESSED;
  const ratio = isAlone ? Math.min(most, done / moved) : (least + most) / 2;
  return { bytes: left * ratio, deviation: (left * (most - least)) / (isAlone ? 6 : 2), basis: 'sequence' };
}

/** A cluster is names alone. */
function isCluster(card: FileCard | CompressedFileCard): boolean {
  return card.kind === 'file' && card.deltaSource === undefined && card.payload[0] === 0x4d && card.payload[1] === 0x20;
}

/** Bytes of a card's line. */
function lineLength({ kind, hash, deltaSource, ...rest }: FileCard | CompressedFileCard): number {
  const source = deltaSource === undefined ? 0 : deltaSource.length + 1;
  const digits = 'payload' in rest ? String(rest.payload.length) : `${rest.size} ${rest.container.length}`;
  return kind.length + 1 + hash.length + 1 + source + digits.length + 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
