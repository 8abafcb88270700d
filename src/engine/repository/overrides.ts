import { byteTextOf } from '../codec/byte-text';
import { recordBacklinks } from './backlinks';
import type { JulianDay, Rid } from '../identifiers';
import { isReadLater, type ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

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

/** Carries a tag over to the timeline. */
export function applyOverride(repository: Repository, tag: Override): void {
  const { db } = repository;
  const column = COLUMNS[tag.id];
  if (column !== undefined) db.prepare(`UPDATE event SET ${column}=? WHERE objid=?`).run(tag.value, tag.target);
  if (tag.id === FIXED_TAGS.comment) {
    recordBacklinks(repository, { kind: 'checkin', source: tag.target, mtime: tag.mtime, text: tag.value ?? '' });
  }
  if (tag.id === FIXED_TAGS.date) overrideDate(repository, tag);
}

/** Carries over the tags that arrived before what they are set on, where "fossil rebuild" reads them after it. */
export function overrideByEarlierTags(repository: Repository, rid: Rid): void {
  const tags = repository.db
    .prepare(
      `SELECT tagid AS id, CAST(iif(tagtype=0, NULL, value) AS BLOB) AS bytes, srcid AS source, mtime, rid AS target
         FROM tagxref WHERE rid=?1 AND tagid IN (${ALL}) AND srcid NOT IN (0, ?1)`,
    )
    .all<Omit<Override, 'value'> & { bytes: Uint8Array | null }>(rid);
  for (const { bytes, ...tag } of tags) {
    if (!isReadLater(repository.db, tag.source, rid)) continue;
    applyOverride(repository, { ...tag, value: bytes && byteTextOf(bytes) });
  }
}

/**
 * A check-in that "fossil rebuild" reads after a tag that something else sets on it takes the tag's value as it stands, of a cancelled
 * comment or user, too, and its links are those of the text that it has then. Called when all tags are set.
 */
export function overrideByTagsReadBefore(repository: Repository, order: ReadingOrder): void {
  const { db } = repository;
  const tags = db
    .prepare(
      `SELECT tagxref.tagid AS id, tagtype AS type, CAST(value AS BLOB) AS bytes, srcid AS source, rid AS target, omtime AS date
         FROM tagxref JOIN event ON objid=rid
        WHERE tagxref.tagid IN (${ALL}) AND srcid NOT IN (0, rid) AND event.type='ci'`,
    )
    .all<Omit<Override, 'value'> & { type: number; bytes: Uint8Array | null; date: JulianDay }>();
  for (const { id, type, bytes, source, target, date } of tags) {
    if (order.positionOf(source) > order.positionOf(target)) continue;
    const value = bytes && byteTextOf(bytes);
    if (id === FIXED_TAGS.date) {
      db.prepare('UPDATE event SET mtime=coalesce(julianday(?), omtime) WHERE objid=?').run(value, target);
    } else {
      const isCancelled = type === 0 && id === FIXED_TAGS.bgcolor;
      db.prepare(`UPDATE event SET ${COLUMNS[id] ?? ''}=? WHERE objid=?`).run(isCancelled ? null : value, target);
    }
    if (id !== FIXED_TAGS.comment) continue;
    const event = db.prepare("SELECT CAST(coalesce(ecomment, comment, '') AS BLOB) AS text FROM event WHERE objid=?");
    const { text } = event.get<{ text: Uint8Array }>(target) ?? {};
    recordBacklinks(repository, { kind: 'checkin', source: target, mtime: date, text: text ? byteTextOf(text) : '' });
  }
}

/** A date that is cancelled leaves a check-in none, as with Fossil, unless "fossil rebuild" reads the check-in after the tag. */
function overrideDate({ db }: Repository, tag: Override): void {
  const isRestored = tag.value === null && !isReadLater(db, tag.source, tag.target);
  db.prepare(
    `UPDATE event SET mtime=${isRestored ? 'coalesce(omtime,mtime)' : 'julianday(?2)'}, omtime=coalesce(omtime,mtime) WHERE objid=?1`,
  ).run(tag.target, ...(isRestored ? [] : [tag.value]));
}
