import { fromJulianDay } from '../codec/julian-day';
import type { Hash, JulianDay, Rid } from '../identifiers';
import { ON_ONE_BRANCH } from './leaves';
import type { Repository } from './repository';
import { type SqlFragment, timelineConditions, type TimelineFilter } from './timeline-filter';
import { FIXED_TAGS } from './tag-ids';
import type { EventType } from './version-names';

/** One event of the project's history. */
export interface TimelineEntry {
  rid: Rid;
  hash: Hash;
  type: EventType;
  /** Unix milliseconds. */
  time: number;
  /** As `event.mtime` has it: with `rid`, the entry's place in the order. */
  mtime: JulianDay;
  /** After edits by tags. A wiki page's begins with `+` (new), `-` (deleted) or `:` (edited). */
  comment: string;
  user: string;
  /** Of a check-in, where a tag names it. */
  branch?: string;
  /** Names of branches and tags that it carries. */
  tags: string[];
  /** Parents, merged ones included. */
  parents: number;
  /** Children that have it as their primary parent. */
  children: number;
  /** More than one of these children is on its branch. */
  isFork: boolean;
  isPrivate: boolean;
}

/** A place between two entries: behind the entry with these values. */
export interface TimelineCursor {
  mtime: JulianDay;
  rid: Rid;
}

export interface TimelinePage {
  /** Newest first; events of one moment by descending row id. */
  entries: TimelineEntry[];
  /** Where the next page starts; absent when this is the last. */
  next?: TimelineCursor;
}

export interface PageRequest {
  /** Most entries that the page may have. */
  limit: number;
  /** Where the page before ended. */
  after?: TimelineCursor;
  /** Entries to leave out at the start. */
  skip?: number;
}

interface Row {
  rid: Rid;
  hash: Hash;
  type: EventType;
  mtime: JulianDay;
  comment: string | null;
  user: string | null;
  branch: string | null;
  tags: string | null;
  parents: number;
  children: number;
  sameBranch: number;
  isPrivate: number;
}

/**
 * A page of the timeline. The order is total, by time and row id: pages one after the other have every event once, however many share
 * a moment.
 */
export function timelinePage(repository: Repository, filter: TimelineFilter, page: PageRequest): TimelinePage {
  const conditions = [...timelineConditions(filter), ...behind(page.after)];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  const rows = repository.db
    .prepare(
      `${DETAILS} FROM (SELECT objid, type, mtime, comment, ecomment, user, euser FROM event ${where}
                         ORDER BY mtime DESC, objid DESC LIMIT ? OFFSET ?) AS chosen
         JOIN blob ON blob.rid=chosen.objid ORDER BY chosen.mtime DESC, chosen.objid DESC`,
    )
    .all<Row>(...conditions.flatMap(({ parameters }) => parameters), page.limit + 1, page.skip ?? 0);
  const entries = rows.slice(0, page.limit).map(toEntry);
  const last = entries.at(-1);
  if (rows.length <= page.limit || last === undefined) return { entries };
  return { entries, next: { mtime: last.mtime, rid: last.rid } };
}

/** One entry. @returns undefined when the artifact is not in the timeline */
export function timelineEntry(repository: Repository, rid: Rid): TimelineEntry | undefined {
  const row = repository.db
    .prepare(`${DETAILS} FROM event AS chosen JOIN blob ON blob.rid=chosen.objid WHERE chosen.objid=?`)
    .get<Row>(rid);
  return row && toEntry(row);
}

const DETAILS = `
SELECT chosen.objid AS rid, blob.uuid AS hash, chosen.type AS type, chosen.mtime AS mtime,
       coalesce(chosen.ecomment, chosen.comment) AS comment, coalesce(chosen.euser, chosen.user, '?') AS user,
       (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND tagtype>0 AND rid=blob.rid) AS branch,
       (SELECT group_concat(substr(tagname,5), char(10)) FROM
         (SELECT tagname FROM tagxref JOIN tag ON tag.tagid=tagxref.tagid
           WHERE tagxref.rid=blob.rid AND tagtype>0 AND tagname GLOB 'sym-*' ORDER BY tag.tagid)) AS tags,
       (SELECT count(*) FROM plink WHERE cid=blob.rid) AS parents,
       (SELECT count(*) FROM plink WHERE pid=blob.rid AND isprim) AS children,
       (SELECT count(*) FROM plink WHERE pid=blob.rid AND isprim AND ${ON_ONE_BRANCH}) AS sameBranch,
       EXISTS(SELECT 1 FROM private WHERE rid=blob.rid) AS isPrivate`;

function behind(cursor: TimelineCursor | undefined): SqlFragment[] {
  return cursor === undefined ? [] : [{ sql: '(mtime, objid)<(?, ?)', parameters: [cursor.mtime, cursor.rid] }];
}

function toEntry(row: Row): TimelineEntry {
  return {
    rid: row.rid,
    hash: row.hash,
    type: row.type,
    time: fromJulianDay(row.mtime),
    mtime: row.mtime,
    comment: row.comment ?? '',
    user: row.user ?? '?',
    ...(row.branch === null ? {} : { branch: row.branch }),
    tags: row.tags === null ? [] : row.tags.split('\n'),
    parents: row.parents,
    children: row.children,
    isFork: row.sameBranch > 1,
    isPrivate: row.isPrivate !== 0,
  };
}
