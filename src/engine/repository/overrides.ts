import { recordBacklinks } from './backlinks';
import type { JulianDay, Rid } from '../identifiers';
import { isReadLater } from './reading-order';
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
      `SELECT tagid AS id, iif(tagtype=0, NULL, value) AS value, srcid AS source, mtime, rid AS target
         FROM tagxref WHERE rid=?1 AND tagid IN (${ALL}) AND srcid NOT IN (0, ?1)`,
    )
    .all<Override>(rid);
  for (const tag of tags) if (isReadLater(repository.db, tag.source, rid)) applyOverride(repository, tag);
}

/** A date that is cancelled leaves a check-in none, as with Fossil, unless "fossil rebuild" reads the check-in after the tag. */
function overrideDate({ db }: Repository, tag: Override): void {
  const isRestored = tag.value === null && !isReadLater(db, tag.source, tag.target);
  db.prepare(
    `UPDATE event SET mtime=${isRestored ? 'coalesce(omtime,mtime)' : 'julianday(?2)'}, omtime=coalesce(omtime,mtime) WHERE objid=?1`,
  ).run(tag.target, ...(isRestored ? [] : [tag.value]));
}
