import { unpackContainer } from '../codec/container';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { planOrder, type Planned, type Receipts } from './plan-order';
import { seenAncestor } from './seen-ancestor';
import { deltaAgainst, isSendable, type SentDelta } from './send-artifact';
import { SendingMeasure } from './sending-measure';

export interface PlannedCard {
  rid: Rid;
  hash: Hash;
  /** The full artifact, or a delta of `source`. */
  payload: Uint8Array;
  source?: Hash;
}

/** Plans that are kept between the rounds of those who are being sent something: so many, and of so many artifacts in all. */
const KEPT_PLANS = 16;
const KEPT_ARTIFACTS = 200_000;
/** Whoever lacks more asks for it by name, as of any server: a longer plan would take too much memory. */
const LONGEST = 200_000;
/** What was made of larger artifacts is kept while it is so short: to make it took much longer than to send it. */
const LARGE = 4 * 1024 * 1024;
const LONGEST_KEPT = 64 * 1024;

/**
 * All public artifacts that a client lacks who has told how far it has seen this repository, in the order in which they are sent to it
 * without being asked for. They travel as they are stored, which costs nothing: Fossil stores old versions as deltas of newer ones, so each
 * stands behind what it is a delta of; the newest, stored in full, go as deltas of the last version that the client has. So no two are ever
 * built on each other.
 */
export class SendingPlan {
  static readonly #plans = new WeakMap<Repository, Map<string, SendingPlan>>();
  /** In the order in which they are sent. */
  readonly planned: readonly Planned[];
  readonly measure: SendingMeasure;
  readonly #repository: Repository;
  readonly #isSeen: (rid: Rid) => boolean;
  /** Short deltas of large artifacts: made to be measured, and sent later. */
  readonly #made = new Map<Rid, SentDelta>();

  private constructor(repository: Repository, receipts: Receipts, dangling: ReadonlySet<Rid>) {
    this.#repository = repository;
    const seen = repository.db.prepare('SELECT 1 FROM blob WHERE rid=? AND size>=0 AND rcvid BETWEEN 1 AND ?');
    const hidden = hiddenArtifacts(repository);
    this.#isSeen = (rid) => !hidden.has(rid) && seen.get(rid, receipts.seen) !== undefined;
    this.planned = planOrder(repository, receipts, {
      isSeen: this.#isSeen,
      isLeftOut: (rid) => hidden.has(rid) || dangling.has(rid),
    });
    this.measure = new SendingMeasure(this, repository.environment);
  }

  /**
   * The plan for every client that has what came up to one receipt, of what came then up to another; the same one for all of its rounds. Not to be asked
   * for in a transaction: what that sees may never have been.
   * @param dangling - artifacts that nobody can read
   * @returns undefined where it would be too long
   */
  static of(repository: Repository, receipts: Receipts, dangling: ReadonlySet<Rid>): SendingPlan | undefined {
    const plans = SendingPlan.#plans.get(repository) ?? new Map<string, SendingPlan>();
    SendingPlan.#plans.set(repository, plans);
    const name = `${receipts.seen} ${receipts.upTo}`;
    const known = plans.get(name);
    if (known === undefined && receivedBetween(repository, receipts) > LONGEST) return undefined;
    const plan = known ?? new SendingPlan(repository, receipts, dangling);
    // Whoever was asked for last goes last.
    plans.delete(name);
    plans.set(name, plan);
    let artifacts = 0;
    for (const { length } of plans.values()) artifacts += length;
    for (const [oldest, { length }] of plans) {
      if (oldest === name || (plans.size <= KEPT_PLANS && artifacts <= KEPT_ARTIFACTS)) break;
      plans.delete(oldest);
      artifacts -= length;
    }
    return plan;
  }

  get length(): number {
    return this.planned.length;
  }

  /** @returns undefined for what has been removed or hidden since */
  card(index: number): PlannedCard | undefined {
    const planned = this.planned[index];
    return planned && this.#repository.snapshot(() => this.#card(planned));
  }

  /** Whether a large artifact that is stored in full is so like the last version that the client has that it goes as a delta of that. */
  isLikeSeen(index: number): boolean {
    const planned = this.planned[index];
    if (planned === undefined || planned.source !== undefined) return false;
    const { db } = this.#repository;
    const ancestor = seenAncestor(this.#repository, planned.rid, this.#isSeen);
    if (ancestor === undefined) return false;
    return db.prepare('SELECT 1 FROM delta WHERE rid=? AND srcid=?').get(ancestor, planned.rid) !== undefined;
  }

  #card({ hash, rid, source }: Planned): PlannedCard | undefined {
    const { blobs, environment } = this.#repository;
    if (blobs.rid(hash) !== rid || !isSendable(this.#repository, rid)) return undefined;
    // What it is stored as may have changed since: then its source, too, may be something that the client will never have.
    const stored = source === undefined || blobs.isShunned(source) ? undefined : blobs.stored(rid);
    if (source !== undefined && stored?.source?.hash === source)
      return { rid, hash, source, payload: unpackContainer(environment.zlib, stored.container, LARGEST_ARTIFACT) };
    const made = this.#made.get(rid);
    if (made !== undefined && this.#isUsable(blobs.rid(made.source))) return { rid, hash, ...made };
    const ancestor = seenAncestor(this.#repository, rid, this.#isSeen);
    const content = blobs.content(rid);
    const { length } = content;
    const delta = this.#isUsable(ancestor) ? deltaAgainst(this.#repository, ancestor, { rid, content }) : undefined;
    if (delta !== undefined && length > LARGE && delta.payload.length <= LONGEST_KEPT) this.#made.set(rid, delta);
    return { rid, hash, ...(delta ?? { payload: content }) };
  }

  #isUsable(source: Rid | undefined): source is Rid {
    return source !== undefined && isSendable(this.#repository, source);
  }
}

function receivedBetween({ db }: Repository, { seen, upTo }: Receipts): number {
  const row = db
    .prepare('SELECT count(*) AS rows FROM blob WHERE rcvid>? AND rcvid<=?')
    .get<{ rows: number }>(seen, upTo);
  return row?.rows ?? 0;
}

function hiddenArtifacts({ db }: Repository): ReadonlySet<Rid> {
  const rows = db.prepare('SELECT rid FROM private UNION SELECT rid FROM shun CROSS JOIN blob USING(uuid)');
  return new Set(rows.all<{ rid: Rid }>().map(({ rid }) => rid));
}
