import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { isReadLater } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** Two seconds, in days. */
const WINDOW = 2 / 86_400;
/** 25 milliseconds, in days. */
const STEP = 25 / 86_400_000;
const ROUNDS = 30;
/** From so many check-ins on, all are looked at together. */
const MANY = 1000;
/** In a history of up to so many links, all are looked at each time. */
const SMALL_HISTORY = 5000;

/** A check-in and one that was made on it, or took from it, within moments or seemingly before. */
interface ClosePair {
  rid: Rid;
  /** D of the check-in, then where it is moved to. */
  time: number;
  child: Rid;
  childTime: number;
}

/**
 * Links along which times are compared: parents, and, once the primary parent is here, merge parents and cherry-picks. The joins stand in
 * the order in which they are cheapest: most links end at the first comparison.
 */
const PAIRS = `
SELECT link.source AS rid, coalesce(former.omtime,former.mtime) AS time, link.child AS child, link.childTime AS childTime
  FROM (SELECT pid AS source, cid AS child, mtime AS childTime, isprim AS isPrimary FROM plink
        UNION ALL
        SELECT parentid, childid, (SELECT coalesce(omtime,mtime) FROM event WHERE objid=childid), 0
          FROM cherrypick WHERE NOT isExclude) AS link
  CROSS JOIN event AS former ON former.objid=link.source AND former.type='ci'
  CROSS JOIN event AS later ON later.objid=link.child AND later.type='ci'
 WHERE link.childTime < coalesce(former.omtime,former.mtime) + ${WINDOW}
   AND (link.isPrimary OR EXISTS(
     SELECT 1 FROM plink AS prime JOIN blob ON blob.rid=prime.pid WHERE prime.cid=link.child AND prime.isprim AND blob.size>0))`;

const SOURCES =
  'SELECT pid AS rid FROM plink WHERE cid=?1 UNION SELECT parentid FROM cherrypick WHERE childid=?1 AND NOT isExclude';

/**
 * Check-ins that were made within moments of their parents, or seemingly before them: their times on the timeline are moved apart by
 * milliseconds so that history reads in order (fossil.md 5.6). A check-in with several such children goes by the one that "fossil rebuild"
 * comes to last, whatever the order of arrival.
 */
export class TimeFudge {
  readonly #touched = new Set<Rid>();

  /** Notes a check-in that has been linked. */
  observe(rid: Rid): void {
    this.#touched.add(rid);
  }

  /** Writes the moved times into `event`, unless a tag has set another date. */
  apply(repository: Repository): void {
    if (this.#touched.size === 0) return;
    const { db } = repository;
    const rows: ClosePair[] = this.#isBestTakenWhole(db) ? db.prepare(PAIRS).all() : this.#pairsAround(db);
    const pairs = lastPairs(repository, rows);
    this.#touched.clear();
    for (let round = 0; round < ROUNDS && moveApart(pairs.values()); round++) {
      for (const pair of pairs.values()) pair.childTime = pairs.get(pair.child)?.time ?? Number.NaN;
    }
    const update = db.prepare(
      `UPDATE event SET mtime=?1 WHERE objid=?2 AND mtime<>?1 AND (mtime=omtime OR omtime IS NULL
          OR NOT EXISTS(SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.date} AND rid=?2))`,
    );
    for (const pair of pairs.values()) update.run(pair.time, pair.rid);
  }

  #isBestTakenWhole(db: Database): boolean {
    if (this.#touched.size >= MANY) return true;
    const links = db.prepare('SELECT max(rowid) AS count FROM plink').get<{ count: number | null }>()?.count ?? 0;
    return links <= SMALL_HISTORY;
  }

  /** What was linked, what stands before it, and from there on back for as long as one is close to the next. */
  #pairsAround(db: Database): ClosePair[] {
    const sources = db.prepare(SOURCES);
    const close = db.prepare(`${PAIRS} AND link.source=?`);
    const rows: ClosePair[] = [];
    const seen = new Set<Rid>();
    const queue = [...this.#touched];
    for (const rid of this.#touched) queue.push(...sources.all<{ rid: Rid }>(rid).map((row) => row.rid));
    for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
      if (seen.has(rid)) continue;
      seen.add(rid);
      const found = close.all<ClosePair>(rid);
      if (found.length === 0) continue;
      rows.push(...found);
      queue.push(...sources.all<{ rid: Rid }>(rid).map((row) => row.rid));
    }
    return rows;
  }
}

/** Of several children of a check-in the one that "fossil rebuild" reads last; those that a tag gave to it come at the very end. */
function lastPairs(repository: Repository, rows: readonly ClosePair[]): Map<Rid, ClosePair> {
  const { db } = repository;
  const moved = movedCheckins(repository);
  const pairs = new Map<Rid, ClosePair>();
  for (const row of [...rows.filter(({ child }) => !moved.has(child)), ...pairsBefore(repository, moved)]) {
    const known = pairs.get(row.rid);
    if (known === undefined || isReadLater(db, row.child, known.child)) pairs.set(row.rid, row);
  }
  for (const row of rows) if (moved.has(row.child)) pairs.set(row.rid, row);
  return pairs;
}

/** Check-ins with other parents than they say, and the artifacts whose tags have moved them. */
function movedCheckins({ db }: Repository): Map<Rid, Rid> {
  const rows = db
    .prepare(`SELECT rid, srcid FROM tagxref WHERE tagid=${FIXED_TAGS.parent} AND tagtype=1`)
    .all<{ rid: Rid; srcid: Rid }>();
  return new Map(rows.map(({ rid, srcid }) => [rid, srcid]));
}

/** The links of check-ins before tags have moved them, where "fossil rebuild" reads the tag later. */
function pairsBefore(repository: Repository, moved: ReadonlyMap<Rid, Rid>): ClosePair[] {
  const { db, blobs, checkins } = repository;
  const timeOf = db.prepare("SELECT coalesce(omtime,mtime) AS time FROM event WHERE objid=? AND type='ci'");
  const pairs: ClosePair[] = [];
  for (const [child, tag] of moved) {
    const childTime = timeOf.get<{ time: number }>(child)?.time;
    if (childTime === undefined || !isReadLater(db, tag, child)) continue;
    for (const hash of checkins.checkin(child)?.parents ?? []) {
      const rid = blobs.rid(hash);
      const time = rid === undefined ? undefined : timeOf.get<{ time: number }>(rid)?.time;
      if (rid !== undefined && time !== undefined && childTime < time + WINDOW)
        pairs.push({ rid, time, child, childTime });
    }
  }
  return pairs;
}

/** @returns whether any check-in stood at or behind its child */
function moveApart(pairs: Iterable<ClosePair>): boolean {
  let hasMoved = false;
  for (const pair of pairs) {
    if (pair.time >= pair.childTime && pair.time < pair.childTime + WINDOW) {
      pair.time = pair.childTime - STEP;
      hasMoved = true;
    }
  }
  return hasMoved;
}
