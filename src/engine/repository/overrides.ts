import { byteTextOf } from '../codec/byte-text';
import { recordBacklinks } from './backlinks';
import type { JulianDay, Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { isReadLater, ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import type { TagType } from './tags';

/** So many chains are walked before all are read: one of thousands of deltas takes a good part of the time that all take. */
const FEW_QUESTIONS = 3;

/** A tag that says something else than the artifact that it is set on does. */
export interface Override {
  id: number;
  /** Null: cancelled, or without value. */
  value: string | null;
  /** The artifact whose T-card sets it. */
  source: Rid;
  mtime: JulianDay;
  target: Rid;
}

/** Columns of `event` that a tag overrides. */
const COLUMNS: Partial<Record<number, 'bgcolor' | 'ecomment' | 'euser'>> = {
  [FIXED_TAGS.bgcolor]: 'bgcolor',
  [FIXED_TAGS.comment]: 'ecomment',
  [FIXED_TAGS.user]: 'euser',
};

const ALL = [...Object.keys(COLUMNS), FIXED_TAGS.date].join(',');

/** Carries a tag over to the timeline; writes nothing where that says so already. */
export function applyOverride(repository: Repository, tag: Override): void {
  const isTold = tell(repository, tag);
  if (tag.id === FIXED_TAGS.comment) linkComment(repository, { ...tag, value: tag.value ?? '' }, isTold);
  if (tag.id === FIXED_TAGS.date) overrideDate(repository, tag);
}

/**
 * Carries over the tags that arrived before what they are set on, where "fossil rebuild" reads them after it. For check-ins
 * {@link overrideInReadingOrder} does that.
 */
export function overrideByEarlierTags(repository: Repository, rid: Rid): void {
  for (const tag of tagsByOthers(repository, 'rid=?', rid))
    if (isReadLater(repository.db, tag.source, rid)) applyOverride(repository, withoutCancelled(tag));
}

/**
 * Tells what other artifacts say of check-ins as "fossil rebuild" would: that reads a check-in behind what it is stored as a delta of, which
 * a new child changes, and what was announced before its content came by the place that its name got then.
 * @param linked - check-ins that have just been linked
 * @param tagged - what controls that have just been linked are about
 * @returns check-ins that stand at another time now
 */
export function overrideInReadingOrder(
  repository: Repository,
  linked: ReadonlySet<Rid>,
  tagged: ReadonlySet<Rid>,
): Rid[] {
  if (linked.size + tagged.size === 0) return [];
  const { db } = repository;
  const ofThese = 'rid IN (SELECT value FROM json_each(?))';
  const tags = tagsByOthers(repository, ofThese, JSON.stringify([...linked, ...tagged]));
  const { first, last } = movedBy(repository, linked);
  if (first !== null && last !== null) tags.push(...tagsByOthers(repository, 'srcid BETWEEN ? AND ?', first, last));
  const isLater = laterIn(db, tags.length);
  const event = db.prepare("SELECT mtime AS time, omtime AS date FROM event WHERE objid=? AND type='ci'");
  const retimed: Rid[] = [];
  for (const tag of tags) {
    const { target } = tag;
    const before = event.get<{ time: JulianDay | null; date: JulianDay }>(target);
    if (before === undefined) continue;
    if (isLater(tag.source, target)) applyOverride(repository, withoutCancelled(tag));
    else overrideByTagReadBefore(repository, tag, before.date);
    if (event.get<{ time: JulianDay | null }>(target)?.time !== before.time) retimed.push(target);
  }
  return retimed;
}

/**
 * What has become a delta of a new check-in is read after that from now on, with all that stands on it: it moves from its own place to that
 * of the full text above, and passes what lies between, to either side.
 */
function movedBy({ db }: Repository, linked: ReadonlySet<Rid>): { first: Rid | null; last: Rid | null } {
  const places = db
    .prepare(
      `WITH RECURSIVE new(rid) AS MATERIALIZED (SELECT value FROM json_each(?)),
        moved(rid, srcid) AS MATERIALIZED (
          SELECT rid, srcid FROM delta WHERE srcid IN (SELECT rid FROM new) AND rid NOT IN (SELECT rid FROM new)),
        above(rid) AS (SELECT srcid FROM moved UNION SELECT srcid FROM above JOIN delta USING(rid))
       SELECT min(rid) AS first, max(rid) AS last FROM (
         SELECT rid FROM moved UNION ALL SELECT rid FROM above WHERE rid NOT IN (SELECT rid FROM delta))`,
    )
    .get<{ first: Rid | null; last: Rid | null }>(JSON.stringify([...linked]));
  return places ?? { first: null, last: null };
}

/**
 * A check-in that "fossil rebuild" reads after a tag that something else sets on it takes the tag's value as it stands, of a cancelled
 * comment or user, too, and its links are those of the text that it has then. Called when all tags are set.
 */
export function overrideByTagsReadBefore(repository: Repository, order: ReadingOrder): void {
  const date = repository.db.prepare("SELECT omtime AS date FROM event WHERE objid=? AND type='ci'");
  for (const tag of tagsByOthers(repository, 'true')) {
    if (order.positionOf(tag.source) > order.positionOf(tag.target)) continue;
    const event = date.get<{ date: JulianDay }>(tag.target);
    if (event !== undefined) overrideByTagReadBefore(repository, tag, event.date);
  }
}

/** A tag as it stands, whether it cancels or not. */
type KnownTag = Override & { type: TagType };

function tagsByOthers({ db }: Repository, condition: string, ...parameters: (number | string)[]): KnownTag[] {
  return db
    .prepare(
      `SELECT tagid AS id, tagtype AS type, CAST(value AS BLOB) AS bytes, srcid AS source, mtime, rid AS target
         FROM tagxref WHERE tagid IN (${ALL}) AND srcid NOT IN (0, rid) AND ${condition}`,
    )
    .all<Omit<KnownTag, 'value'> & { bytes: Uint8Array | null }>(...parameters)
    .map(({ bytes, ...tag }) => ({ ...tag, value: bytes && byteTextOf(bytes) }));
}

function withoutCancelled(tag: KnownTag): Override {
  return tag.type === 0 ? { ...tag, value: null } : tag;
}

/** For a few questions the chains of deltas are walked, for many all of them are read once. */
function laterIn(db: Database, questions: number): (a: Rid, b: Rid) => boolean {
  if (questions <= FEW_QUESTIONS) return (a, b) => isReadLater(db, a, b);
  const order = new ReadingOrder(db);
  return (a, b) => order.positionOf(a) > order.positionOf(b);
}

function overrideByTagReadBefore(repository: Repository, tag: KnownTag, date: JulianDay): void {
  const { db } = repository;
  const { id, type, target, value } = tag;
  if (id === FIXED_TAGS.date) {
    db.prepare(
      'UPDATE event SET mtime=coalesce(julianday(?1), omtime) WHERE objid=?2 AND mtime IS NOT coalesce(julianday(?1), omtime)',
    ).run(value, target);
    return;
  }
  const isCancelled = type === 0 && id === FIXED_TAGS.bgcolor;
  const isTold = tell(repository, { id, target, value: isCancelled ? null : value });
  if (id !== FIXED_TAGS.comment) return;
  const event = db.prepare("SELECT CAST(coalesce(ecomment, comment, '') AS BLOB) AS text FROM event WHERE objid=?");
  const { text } = event.get<{ text: Uint8Array }>(target) ?? {};
  linkComment(repository, { target, mtime: date, value: text ? byteTextOf(text) : '' }, isTold);
}

/** @returns whether the timeline said so already */
function tell({ db }: Repository, { id, target, value }: Pick<Override, 'id' | 'target' | 'value'>): boolean {
  const column = COLUMNS[id];
  if (column === undefined) return false;
  const isTold = db.prepare(`SELECT 1 FROM event WHERE objid=? AND ${column} IS ?`).get(target, value) !== undefined;
  if (!isTold) db.prepare(`UPDATE event SET ${column}=? WHERE objid=?`).run(value, target);
  return isTold;
}

/** @param isTold - the timeline had this comment already: then so has `backlink`, but possibly of another time */
function linkComment(
  repository: Repository,
  { target, mtime, value }: Pick<Override, 'target' | 'mtime'> & { value: string },
  isTold: boolean,
): void {
  if (isTold && value.includes('[')) {
    const links = repository.db
      .prepare('SELECT min(mtime) AS first, max(mtime) AS last FROM backlink WHERE srctype=0 AND srcid=?')
      .get<{ first: JulianDay | null; last: JulianDay | null }>(target);
    if (links?.first === mtime && links.last === mtime) return;
  }
  recordBacklinks(repository, { kind: 'checkin', source: target, mtime, text: value });
}

/** A date that is cancelled leaves a check-in none, as with Fossil, unless "fossil rebuild" reads the check-in after the tag. */
function overrideDate({ db }: Repository, tag: Override): void {
  const isRestored = tag.value === null && !isReadLater(db, tag.source, tag.target);
  const date = isRestored ? 'coalesce(omtime,mtime)' : 'julianday(?2)';
  db.prepare(
    `UPDATE event SET mtime=${date}, omtime=coalesce(omtime,mtime) WHERE objid=?1 AND (omtime IS NULL OR mtime IS NOT ${date})`,
  ).run(tag.target, ...(isRestored ? [] : [tag.value]));
}
