import type { ProgressListener } from '../progress';
import type { Repository } from '../repository/repository';
import type { Card, CompressedFileCard, FileCard } from './card';
import type { ToldTotals } from './clone-forecast';
import type { Conversation } from './conversation';
import { estimate, NOTHING, type Forecast } from './estimate';
import { artifactsAhead, forecastIncoming, type IncomingFacts } from './incoming-forecast';
import { maxUpload } from './max-upload';
import { OutgoingSizes } from './outgoing-sizes';
import { PayloadForecast } from './payload-forecast';
import { ProgressMeter } from './progress-meter';
import { readStatistics, STATISTICS_PATH, type ServerStatistics } from './server-statistics';
import { SizeSample } from './size-sample';
import { artifactsShared, checkinsShared } from './shared-counts';
import type { PartProgress } from './sync-part';
import type { Session } from './transport';
import { usualSize, type Coming, type UsualSize } from './usual-size';
import { nameLength } from './wire-size';

type Traffic = Pick<Conversation, 'bytesReceived' | 'bytesSent' | 'roundTrips' | 'reply'>;

/** What the halves of a sync have come to. */
export interface SyncCounts {
  /** Stored and arriving. */
  received: number;
  sent: number;
  /** Artifacts that the last message has asked for. */
  asked: number;
  /** Of the parts besides artifacts. */
  parts: readonly PartProgress[];
}

/** Of names, half is left when they are compressed. */
const NAMES_COMPRESSED = 0.53;
/** Bytes on the wire of a reply that is full, at the least and usually: servers stop at 5,000,000 uncompressed ones (fossil.md 2.7). */
const FULL_REPLY = { least: 700_000, usual: 1_700_000 };
/**
 * Measuring what will be sent takes so many milliseconds before the first message, nearly all of which is work for the messages, and so many if all
 * of it is measured then. The rest is measured while the server works, which takes other servers long enough.
 */
const MEASURED_FIRST = { forOwn: { some: 1500, all: 4000 }, forOther: { some: 250, all: 500 } };
/** Milliseconds of measuring at a time. */
const MEASURED_AT_ONCE = 25;

/** Tells how far a pull, push or sync is. Costs next to nothing when nobody listens. */
export class SyncProgress {
  readonly #repository: Repository;
  readonly #meter: ProgressMeter;
  readonly #isHeard: boolean;
  readonly #isPulling: boolean;
  /** It is known that the other side is a server of ours. */
  readonly #isOwnServer: boolean;
  readonly #sample = new SizeSample();
  /** What waits to be sent: the push tells. */
  readonly outgoing: OutgoingSizes | undefined;
  readonly #payloads = new PayloadForecast();
  #statistics: ServerStatistics = {};
  #hasAsked = false;
  /** Bytes of all replies until the end of the last round. */
  #received = 0;
  #told: ToldByReply | undefined;
  /** Artifacts that will have come once a server that has given up sending by itself has sent all that it told. */
  #promised = 0;
  #before = 0;
  /** Artifacts that have come, without clusters, and bytes on the wire of the replies that brought them. */
  #arrived = 0;
  #bytes = 0;
  /** Clusters that have come, and about what those of the last reply took on the wire. */
  #clusters = 0;
  #clusterBytes = 0;
  #usual: UsualSize | undefined;
  #nameLength = 0;
  /** Artifacts that had come or were known by name at the end of the last round. */
  #known = 0;
  /** What was known at the end of the last round; undefined before anything is, and where nothing is pulled. */
  #facts: (IncomingFacts & { bytesSent: number; bytesReceived: number }) | undefined;
  /** The reply since then, also when it has come whole and is being stored. */
  #reply: { asked: number; length: number; received: number } | undefined;
  /** Artifacts that a reply has room for, where one brought fewer than were asked for. */
  #room = Number.POSITIVE_INFINITY;

  constructor(
    repository: Repository,
    options: { isPulling: boolean; isPushing: boolean; isOwnServer: boolean; onProgress: ProgressListener | undefined },
  ) {
    this.#repository = repository;
    this.#isHeard = options.onProgress !== undefined;
    this.#isPulling = options.isPulling;
    this.#isOwnServer = options.isOwnServer;
    this.#meter = new ProgressMeter(repository.environment.clock, options.onProgress);
    if (this.#isHeard && options.isPushing)
      this.outgoing = new OutgoingSizes(repository, { ...options, maxBytes: maxUpload(repository) });
    if (this.#isHeard && options.isPulling) this.#before = artifactsShared(repository);
  }

  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Hears every card of a reply. */
  hear(card: Card): void {
    if (!this.#isHeard || (card.kind !== 'file' && card.kind !== 'cfile')) return;
    const { length } = card.kind === 'file' ? card.payload : card.container;
    if (isCluster(card)) {
      this.#clusters++;
      this.#clusterBytes += length * NAMES_COMPRESSED;
      return;
    }
    this.#sample.add(length);
    this.#arrived++;
  }

  /** @param told - what the reply under way tells of what is to come; undefined: the server sends nothing by itself any more */
  learn(told: ToldTotals | undefined, { roundTrips, reply }: Traffic): void {
    if (told === this.#told?.told) return;
    // Who sends nothing by itself any more still has what it told to be to come.
    this.#promised = this.#told === undefined ? 0 : this.#told.before + this.#told.told.artifacts;
    this.#told = told && { told, roundTrips, before: this.#arrived + this.#clusters, length: reply?.length ?? 0 };
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
    if (!this.#isHeard) return;
    this.outgoing?.answered(traffic.bytesReceived - this.#received);
    this.#received = traffic.bytesReceived;
    if (!this.#isPulling) return;
    const missing = countMissing();
    const come = this.#arrived + this.#clusters;
    const cameNow = come - (this.#facts === undefined ? 0 : this.#facts.artifacts + this.#facts.clusters);
    if (this.#reply !== undefined && cameNow > 0 && cameNow < this.#reply.asked) this.#room = cameNow;
    const arrivedNow = this.#arrived - (this.#facts?.artifacts ?? 0);
    const bytesNow = traffic.bytesReceived - (this.#facts?.bytesReceived ?? 0);
    if (arrivedNow > 0) this.#bytes += Math.max(0, bytesNow - this.#clusterBytes);
    this.#clusterBytes = 0;
    const known = come + missing;
    const hasGrown = known > this.#known;
    this.#known = known;
    if (!this.#hasAsked && this.#told === undefined && missing > 0) {
      this.#hasAsked = true;
      const options = signal === undefined ? {} : { signal };
      this.#statistics = readStatistics(await session.fetchJson(STATISTICS_PATH, options));
      this.#usual = this.#repository.snapshot(() => usualSize(this.#repository, this.#coming()));
      this.#nameLength = nameLength(this.#repository);
    }
    this.#facts = {
      before: this.#before,
      artifacts: this.#arrived,
      bytes: this.#bytes,
      clusters: this.#clusters,
      missing,
      promised: Math.max(0, this.#promised - come),
      hasGrown,
      isGrowing: missing > 0 && (hasGrown || this.#statistics.artifacts !== undefined),
      sample: this.#sample,
      usual: this.#usual,
      nameLength: this.#nameLength,
      bytesSent: traffic.bytesSent,
      bytesReceived: traffic.bytesReceived,
    };
    this.#reply = undefined;
  }

  /** Before the first message, as far as time allows. */
  async measureFirst(): Promise<void> {
    const { clock } = this.#repository.environment;
    const { some, all } = this.#isOwnServer ? MEASURED_FIRST.forOwn : MEASURED_FIRST.forOther;
    const start = clock.now();
    await this.measureAhead(() => {
      const taken = clock.now() - start;
      return taken >= some && taken >= all * (this.outgoing?.measuredShare ?? 1);
    });
    this.outgoing?.measureRest();
  }

  /** While the server works. @param isOver - whether its reply is there */
  async measureAhead(isOver: () => boolean): Promise<void> {
    const { clock } = this.#repository.environment;
    while (this.#isHeard && this.outgoing?.areAllMeasured === false) {
      await clock.yield();
      if (isOver()) return;
      this.outgoing.measure(MEASURED_AT_ONCE);
    }
  }

  report(traffic: Traffic, counts: SyncCounts): void {
    if (!this.#isHeard) return;
    const { bytesReceived, bytesSent, roundTrips, reply } = traffic;
    const { received, sent, parts, asked } = counts;
    const outgoing = this.outgoing?.forecast(this.#isPulling ? undefined : reply) ?? NOTHING;
    const done = bytesReceived + bytesSent;
    const incoming = this.#incoming(traffic, asked);
    const isAlone = !this.#isPulling && this.outgoing === undefined;
    const parting = this.#payloads.forecast(parts, traffic, isAlone);
    const { share, range } = estimate(done, [incoming?.forecast, outgoing, parting]);
    const moved = received + sent + sum(parts.map(({ artifacts }) => artifacts.done));
    const ahead =
      Math.max(0, (incoming?.artifacts ?? 0) - received) +
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

  /** What the server's numbers tell of what is missing here. */
  #coming(): Coming | undefined {
    const { artifacts, checkins } = this.#statistics;
    if (artifacts === undefined || checkins === undefined) return undefined;
    return {
      artifacts: Math.max(0, artifacts - this.#before),
      checkins: Math.max(0, checkins - checkinsShared(this.#repository)),
    };
  }

  /** Of what was asked for, a reply that may be full need not bring all. @param length - of the reply, compressed */
  #roomIn(length: number): number {
    if (length < FULL_REPLY.least || this.#usual === undefined || this.#arrived > 0) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor(FULL_REPLY.usual / this.#usual.value));
  }

  /** What is still to come, and how many artifacts the pull brings in all. */
  #incoming(traffic: Traffic, asked: number): { forecast: Forecast; artifacts: number } | undefined {
    if (!this.#isPulling) return { forecast: NOTHING, artifacts: 0 };
    if (this.#told !== undefined) {
      const { before, told } = this.#told;
      return { forecast: forecastTold(this.#told, traffic), artifacts: before + told.artifacts };
    }
    if (this.#facts === undefined) return undefined;
    const { bytesSent, bytesReceived, ...facts } = this.#facts;
    if (traffic.reply !== undefined) {
      const room = Math.min(this.#room, this.#roomIn(traffic.reply.length));
      this.#reply = { ...traffic.reply, asked: Math.min(asked, room) };
    } else if (this.#reply !== undefined) this.#reply.received = this.#reply.length;
    const reply = this.#reply;
    const forecast = forecastIncoming({ ...facts, ...(reply === undefined ? {} : { reply }) }, this.#statistics);
    if (forecast === undefined) return undefined;
    // A message that is on its way, or whose reply tells no length.
    const gone = reply === undefined ? traffic.bytesSent - bytesSent + traffic.bytesReceived - bytesReceived : 0;
    return {
      forecast: { ...forecast, bytes: Math.max(0, forecast.bytes - gone) },
      artifacts: facts.artifacts + facts.clusters + (artifactsAhead(facts, this.#statistics) ?? 0),
    };
  }
}

/** What a server of ours has told of what it sends without being asked for. */
interface ToldByReply {
  told: ToldTotals;
  /** The reply that told: its number, its length, and how many artifacts had come before it. */
  roundTrips: number;
  length: number;
  before: number;
}

function forecastTold({ told, roundTrips, length }: ToldByReply, { reply, ...traffic }: Traffic): Forecast {
  const { received = 0 } = reply ?? {};
  // A reply that has not told anything yet is one of those that were to follow.
  const isOfThisReply = roundTrips === traffic.roundTrips;
  const rest = isOfThisReply ? Math.max(0, (reply?.length ?? 0) - received) : -received;
  const requests = isOfThisReply ? Math.ceil(told.bytes / Math.max(1, length)) : 0;
  const deviation = told.deviation ?? 0;
  return {
    bytes: Math.max(0, told.bytes + rest) + (requests * traffic.bytesSent) / Math.max(1, roundTrips),
    deviation,
    basis: deviation === 0 ? 'exact' : 'sequence',
  };
}

/** A cluster is names alone. */
function isCluster(card: FileCard | CompressedFileCard): boolean {
  return card.kind === 'file' && card.deltaSource === undefined && card.payload[0] === 0x4d && card.payload[1] === 0x20;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
