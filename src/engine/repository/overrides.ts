import { byteTextOf } from '../codec/byte-text';
import { recordBacklinks } from './backlinks';
import type { JulianDay, Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { passedByMoved } from './moved-artifacts';
import { isReadLater, ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import type { TagType } from './tags';

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
 * Tells what other artifacts say of what the timeline shows as "fossil rebuild" would: that reads an artifact behind what it is stored as a
 * delta of, which a new child or version changes, and what was announced before its content came by the place that its name got then.
 * @param linked - artifacts that have just been linked
 * @param tagged - what tags that have just been linked are set on
 * @param passed - what older artifacts have moved past in the reading order
 * @returns check-ins that stand at another time now
 */
export function overrideInReadingOrder(
  repository: Repository,
  linked: ReadonlySet<Rid>,
  tagged: ReadonlySet<Rid>,
  passed = passedByMoved(repository, linked),
): Rid[] {
  if (linked.size + tagged.size === 0) return [];
  const { db } = repository;
  const ofThese = 'rid IN (SELECT value FROM json_each(?))';
  const tags = tagsByOthers(repository, ofThese, JSON.stringify([...linked, ...tagged]));
  if (passed !== undefined) tags.push(...tagsByOthers(repository, 'srcid BETWEEN ? AND ?', passed.first, passed.last));
  const order = new ReadingOrder(db);
  const retimed: Rid[] = [];
  for (const tag of tags) {
    const before = eventOf(db, tag.target);
    if (before === undefined || isColourOfPage(tag, before)) continue;
    overrideByOther(repository, tag, { event: before, isReadAfter: order.isLater(tag.source, tag.target) });
    if (before.type === 'ci' && eventOf(db, tag.target)?.time !== before.time) retimed.push(tag.target);
  }
  return retimed;
}

/**
 * Does {@link overrideInReadingOrder} for all artifacts. Called when all tags are set, and all but changes of tickets stands on the timeline.
 */
export function overrideAllInReadingOrder(repository: Repository, order: ReadingOrder): void {
  for (const tag of tagsByOthers(repository, 'true')) {
    const event = eventOf(repository.db, tag.target);
    const isReadAfter = order.isLater(tag.source, tag.target);
    if (event !== undefined && !isColourOfPage(tag, event) && !(event.type === 'ci' && isReadAfter))
      overrideByOther(repository, tag, { event, isReadAfter });
  }
}

/** What stands on the timeline about an artifact. */
interface KnownEvent {
  /** As in the column: that of an attachment is the type of what it is attached to. */
  type: string;
  time: JulianDay | null;
  /** Of a check-in its own. */
  date: JulianDay;
  /** Versions of technotes and changes of tickets are told apart from what is attached to them. */
  hasTag: number;
}

function eventOf(db: Database, rid: Rid): KnownEvent | undefined {
  return db
    .prepare('SELECT type, mtime AS time, omtime AS date, tagid IS NOT NULL AS hasTag FROM event WHERE objid=?')
    .get<KnownEvent>(rid);
}

/** The colours of all but check-ins are settled with the tags themselves ({@link settleTags}). */
function isColourOfPage(tag: Override, event: KnownEvent): boolean {
  return tag.id === FIXED_TAGS.bgcolor && event.type !== 'ci';
}

function overrideByOther(
  repository: Repository,
  tag: KnownTag,
  { event, isReadAfter }: { event: KnownEvent; isReadAfter: boolean },
): void {
  // Changes of tickets are told when all has been read.
  const isEnd = event.type === 't' && event.hasTag === 1;
  if (isReadAfter && !isEnd) applyOverride(repository, withoutCancelled(tag));
  else if (event.type === 'ci') overrideByTagReadBefore(repository, tag, event.date);
  else forgetOverride(repository, tag);
}

/** What is read after a tag on it is told as if there were none. */
function forgetOverride(repository: Repository, { id, target }: KnownTag): void {
  tell(repository, { id, target, value: null });
  if (id !== FIXED_TAGS.date) return;
  repository.db.prepare('UPDATE event SET mtime=omtime, omtime=NULL WHERE objid=? AND omtime IS NOT NULL').run(target);
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
