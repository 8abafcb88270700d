import { unpackContainer } from '../codec/container';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { planOrder, type Planned, type Receipts } from './plan-order';
import { seenAncestor } from './seen-ancestor';
import { deltaAgainst, isSendable } from './send-artifact';
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

  #card({ hash, rid, source }: Planned): PlannedCard | undefined {
    const { blobs, environment } = this.#repository;
    const stored = blobs.stored(rid);
    if (stored?.hash !== hash || blobs.isPrivate(rid) || blobs.isShunned(hash)) return undefined;
    // What it is stored as may have changed since: then its source, too, may be something that the client will never have.
    if (source !== undefined && stored.source?.hash === source && !blobs.isShunned(source)) {
      return { rid, hash, source, payload: unpackContainer(environment.zlib, stored.container, LARGEST_ARTIFACT) };
    }
    const content = blobs.content(rid);
    const ancestor = seenAncestor(this.#repository, rid, this.#isSeen);
    const isUsable = ancestor !== undefined && isSendable(this.#repository, ancestor);
    const delta = isUsable ? deltaAgainst(this.#repository, ancestor, content) : undefined;
    return { rid, hash, payload: content, ...delta };
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
