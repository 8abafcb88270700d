import { packContainer, unpackContainer } from '../codec/container';
import { ARTIFACT_LIMIT } from '../codec/size-limits';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { MessageWriter } from './message-writer';
import { deltaAgainst, isSendable } from './send-artifact';

/** What is still to be sent. */
export interface SendingRest {
  artifacts: number;
  /** Bytes of the replies that will hold them. */
  bytes: number;
  /** By how many bytes that may be wrong; 0 once all has been measured. */
  deviation: number;
}

export interface PlannedCard {
  rid: Rid;
  hash: Hash;
  /** The full artifact, or a delta of `source`. */
  payload: Uint8Array;
  source?: Hash;
}

/** What one reply holds. */
export interface PlanSlice {
  cards: PlannedCard[];
  /** Index behind it. */
  end: number;
  /** Of the cards, about. */
  bytes: number;
}

interface Planned {
  rid: Rid;
  hash: Hash;
  /** Sent as it is stored: as a delta of this, which the client has or has got by then. */
  source: Hash | undefined;
  /** Bytes of the stored container, and of what it holds. */
  stored: number;
  raw: number;
}

/** Bytes of a card's line with the name of a delta's source. */
const CARD_LINE = 140;
/** Measuring what later replies will hold takes this many milliseconds of a reply at the most. */
const MEASURING = 500;
/** Bytes of a reply besides its artifacts; and, where it was not measured, by what share its size may be wrong. */
const REPLY_OVERHEAD = 220;
const UNMEASURED_ERROR = 0.15;
/** Bytes of an `igot` card when it is compressed. */
const NAME = 36;
/** Steps back through the history of a file or check-in until a version is found that the client has. */
const MAX_STEPS = 5000;
/** Plans that are kept between the rounds of those who are being sent something. */
const KEPT_PLANS = 16;

/**
 * All public artifacts that a client lacks who has told how far it has seen this repository, in the order in which they are sent to it
 * without being asked for. They travel as they are stored, which costs nothing: Fossil stores old versions as deltas of newer ones, so each
 * stands behind what it is a delta of; the newest, stored in full, go as deltas of the last version that the client has. So no two are ever
 * built on each other.
 */
export class SendingPlan {
  static readonly #plans = new WeakMap<Repository, Map<string, SendingPlan>>();
  readonly #repository: Repository;
  readonly #isSeen: (rid: Rid) => boolean;
  readonly #planned: readonly Planned[];
  /** Of the replies that have been measured: their first index, the one behind them, and their bytes. */
  readonly #measured: { start: number; end: number; bytes: number }[] = [];
  #measuredRaw = 0;

  private constructor(repository: Repository, receipts: Receipts, isLeftOut: (rid: Rid) => boolean) {
    this.#repository = repository;
    const seen = repository.db.prepare('SELECT 1 FROM blob WHERE rid=? AND size>=0 AND rcvid BETWEEN 1 AND ?');
    const hidden = hiddenArtifacts(repository);
    this.#isSeen = (rid) => !hidden.has(rid) && seen.get(rid, receipts.seen) !== undefined;
    this.#planned = ordered(repository, receipts, {
      isSeen: this.#isSeen,
      isLeftOut: (rid) => hidden.has(rid) || isLeftOut(rid),
    });
  }

  /**
   * The plan for a client that has what came up to one receipt, of what came then up to another; the same one for all of its rounds.
   * @param isLeftOut - what is not to be sent: the client has it, or nobody can read it
   */
  static of(repository: Repository, receipts: Receipts, isLeftOut: (rid: Rid) => boolean): SendingPlan {
    const plans = SendingPlan.#plans.get(repository) ?? new Map<string, SendingPlan>();
    SendingPlan.#plans.set(repository, plans);
    const name = `${receipts.seen} ${receipts.upTo}`;
    const plan = plans.get(name) ?? new SendingPlan(repository, receipts, isLeftOut);
    // What a transaction sees may never have been, and leaves out what a client brings that others lack.
    if (repository.db.isInTransaction) return plan;
    // Whoever was asked for last goes last.
    plans.delete(name);
    plans.set(name, plan);
    for (const oldest of plans.keys()) {
      if (plans.size <= KEPT_PLANS) break;
      plans.delete(oldest);
    }
    return plan;
  }

  get length(): number {
    return this.#planned.length;
  }

  /**
   * What one reply holds, one artifact at least.
   * @param first - index of its first artifact
   * @param isFull - of so many bytes
   */
  slice(first: number, isFull: (bytes: number) => boolean): PlanSlice {
    const cards: PlannedCard[] = [];
    let bytes = 0;
    let end = first;
    for (; end < this.length && (cards.length === 0 || !isFull(bytes)); end++) {
      const card = this.#card(this.#planned[end] as Planned);
      if (card === undefined) continue;
      cards.push(card);
      bytes += card.payload.length + CARD_LINE;
    }
    return { cards, end, bytes };
  }

  /**
   * What follows behind a reply, measured as far as time allows.
   * @param from - index behind the reply
   * @param replyBytes - uncompressed, of a full reply
   * @param names - of artifacts that are announced at the end
   */
  rest(from: number, replyBytes: number, names: number): SendingRest {
    const artifacts = Math.max(0, this.length - from);
    if (artifacts === 0) return { artifacts, bytes: 0, deviation: 0 };
    const { clock } = this.#repository.environment;
    const until = clock.now() + MEASURING;
    let end = this.#measured.at(-1)?.end ?? from;
    while (replyBytes > 0 && end < this.length && clock.now() < until) end = this.#measureReply(end, replyBytes);
    const measured = sum(this.#measured, (reply) => reply.bytes * this.#shareBehind(reply, from));
    const unmeasured = this.#unmeasured(end);
    return {
      artifacts,
      bytes: Math.round(measured + unmeasured + names * NAME),
      deviation: Math.round(unmeasured * UNMEASURED_ERROR),
    };
  }

  /** The replies that were measured need not end where those end that are sent. */
  #shareBehind({ start, end }: { start: number; end: number }, from: number): number {
    if (start >= from || end <= from) return start >= from ? 1 : 0;
    const raw = (first: number): number => sum(this.#planned.slice(first, end), (planned) => planned.raw);
    return raw(from) / Math.max(1, raw(start));
  }

  #measureReply(from: number, replyBytes: number): number {
    const { cards, end } = this.slice(from, (bytes) => bytes >= replyBytes);
    const message = new MessageWriter();
    for (const { hash, payload, source } of cards) message.file(hash, payload, source);
    const { length } = packContainer(this.#repository.environment.zlib, message.bytes());
    this.#measured.push({ start: from, end, bytes: length + REPLY_OVERHEAD });
    this.#measuredRaw += sum(this.#planned.slice(from, end), ({ raw }) => raw);
    return end;
  }

  /** @returns undefined for what has been removed or hidden since */
  #card({ hash, rid, source }: Planned): PlannedCard | undefined {
    const { blobs, environment } = this.#repository;
    const stored = blobs.stored(rid);
    if (stored?.hash !== hash || blobs.isPrivate(rid) || blobs.isShunned(hash)) return undefined;
    // What it is stored as may have changed since: then its source, too, may be something that the client will never have.
    if (source !== undefined && stored.source?.hash === source && !blobs.isShunned(source)) {
      return { rid, hash, source, payload: unpackContainer(environment.zlib, stored.container, ARTIFACT_LIMIT) };
    }
    const content = blobs.content(rid);
    const ancestor = this.#seenAncestor(rid);
    const isUsable = ancestor !== undefined && isSendable(this.#repository, ancestor);
    const delta = isUsable ? deltaAgainst(this.#repository, ancestor, content) : undefined;
    return { rid, hash, payload: content, ...delta };
  }

  /** By what the store says of their sizes, and how that was with those which have been measured. */
  #unmeasured(from: number): number {
    const rest = this.#planned.slice(from);
    if (this.#measuredRaw === 0) return sum(rest, ({ stored }) => stored);
    return (sum(rest, ({ raw }) => raw) * sum(this.#measured, ({ bytes }) => bytes)) / this.#measuredRaw;
  }

  /** The last version of a check-in or file that the client has. */
  #seenAncestor(rid: Rid): Rid | undefined {
    const { db } = this.#repository;
    const checkin = db.prepare('SELECT pid AS rid FROM plink WHERE cid=? ORDER BY isprim DESC LIMIT 1');
    const file = db.prepare(
      'SELECT pid AS rid FROM mlink JOIN event ON objid=mid WHERE fid=? AND pid>0 ORDER BY event.mtime, isaux LIMIT 1',
    );
    const passed = new Set<Rid>([rid]);
    let at = rid;
    while (passed.size < MAX_STEPS) {
      const older = checkin.get<{ rid: Rid }>(at)?.rid ?? file.get<{ rid: Rid }>(at)?.rid;
      if (older === undefined || passed.has(older)) return undefined;
      if (this.#isSeen(older)) return older;
      passed.add(older);
      at = older;
    }
    return undefined;
  }
}

/** Receipts (`rcvid`): the client has what came up to one, and is sent what came then up to another. */
export interface Receipts {
  seen: number;
  upTo: number;
}

interface Row {
  rid: Rid;
  hash: Hash;
  size: number;
  stored: number;
  header: Uint8Array;
  sourceRid: Rid | null;
  source: Hash | null;
}

/** Newest first, as far as each may stand behind what it is stored as a delta of. */
function ordered(
  { db }: Repository,
  { seen, upTo }: Receipts,
  { isSeen, isLeftOut }: { isSeen: (rid: Rid) => boolean; isLeftOut: (rid: Rid) => boolean },
): Planned[] {
  const rows = db
    .prepare(
      `SELECT b.rid, b.uuid AS hash, b.size, length(b.content) AS stored, substr(CAST(b.content AS BLOB), 1, 4) AS header,
              d.srcid AS sourceRid, s.uuid AS source
         FROM blob b LEFT JOIN delta d ON d.rid=b.rid LEFT JOIN blob s ON s.rid=d.srcid
        WHERE b.rcvid>? AND b.rcvid<=? AND b.size>=0 AND b.content IS NOT NULL ORDER BY b.rid DESC`,
    )
    .all<Row>(seen, upTo)
    .filter(({ rid }) => !isLeftOut(rid));
  const waiting = new Map(rows.map((row) => [row.rid, row]));
  const done = new Set<Rid>();
  const planned: Planned[] = [];
  for (const first of rows) {
    const chain: Row[] = [];
    for (let row: Row | undefined = first; row && waiting.delete(row.rid);) {
      chain.push(row);
      row = row.sourceRid === null ? undefined : waiting.get(row.sourceRid);
    }
    for (const { rid, hash, size, stored, header, sourceRid, source } of chain.reverse()) {
      const isUsable = sourceRid !== null && source !== null && (done.has(sourceRid) || isSeen(sourceRid));
      const raw = sourceRid === null ? size : declaredSize(header);
      planned.push({ rid, hash, source: isUsable ? source : undefined, stored, raw });
      done.add(rid);
    }
  }
  return planned;
}

/** Of what a container holds, by its first bytes. */
function declaredSize([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number {
  return a * 0x1000000 + (b << 16) + (c << 8) + d;
}

function hiddenArtifacts({ db }: Repository): ReadonlySet<Rid> {
  const rows = db.prepare('SELECT rid FROM private UNION SELECT rid FROM shun CROSS JOIN blob USING(uuid)');
  return new Set(rows.all<{ rid: Rid }>().map(({ rid }) => rid));
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
