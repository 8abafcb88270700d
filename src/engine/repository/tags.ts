import { byteTextOf } from '../codec/byte-text';
import type { JulianDay, Rid } from '../identifiers';
import { applyOverride } from './overrides';
import { reparent } from './reparent';
import { FIXED_TAGS } from './tag-ids';
import type { Repository } from './repository';

/** 0 cancels, 1 stays on its check-in, 2 propagates to descendants. */
export type TagType = 0 | 1 | 2;

/** A tag as the `tagxref` table has it. */
export interface TagAssignment {
  name: string;
  type: TagType;
  value: string | null;
  /** The artifact whose T-card sets it. */
  source: Rid;
  /** D of that artifact. */
  mtime: JulianDay;
  /** The artifact that it is set on. */
  target: Rid;
}

export function tagId(repository: Repository, name: string): number {
  const known = repository.db.prepare('SELECT tagid FROM tag WHERE tagname=?').get<{ tagid: number }>(name);
  return known?.tagid ?? repository.db.prepare('INSERT INTO tag(tagname) VALUES(?)').run(name).lastInsertRowid;
}

/**
 * Sets a tag, with its side effects, and propagates it (fossil.md 5.6, Tags). Ignored when the target has the tag already from as late a
 * time; whether that stays so is settled by {@link settleTags}.
 * @returns whether the tag was set
 */
export function setTag(repository: Repository, tag: TagAssignment): boolean {
  const { db } = repository;
  const id = tagId(repository, tag.name);
  const { source, target, mtime } = tag;
  const isByOther = source !== target;
  if (isByOther) repository.disputes.note(db, { id, target, mtime });
  if (isByOther && id === FIXED_TAGS.parent) repository.disputes.add(id, target);
  const known = db
    .prepare('SELECT srcid AS source, mtime FROM tagxref WHERE tagid=? AND rid=? AND mtime>=?')
    .get<{ source: Rid | 0; mtime: JulianDay }>(id, target, mtime);
  if (known !== undefined) {
    if (isByOther || (known.mtime === mtime && known.source !== target)) repository.disputes.add(id, target);
    return false;
  }
  db.prepare('REPLACE INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid) VALUES(?,?,?,?,?,?,?)').run(
    id,
    tag.type,
    tag.source,
    tag.target,
    tag.value,
    tag.mtime,
    tag.target,
  );
  if (id === FIXED_TAGS.branch) repository.leaves.add(tag.target);
  const value = tag.type === 0 ? null : tag.value;
  applyOverride(repository, { id, value, source: tag.source, mtime: tag.mtime, target: tag.target });
  if (id === FIXED_TAGS.parent && tag.type === 1) reparent(repository, tag.target, value);
  if (id === FIXED_TAGS.private) makePrivate(repository, tag.target);
  propagateTag(repository, tag.target, {
    id,
    type: tag.type === 2 ? 2 : 0,
    origin: tag.target,
    value,
    mtime: tag.mtime,
  });
  return true;
}

/** What a `private` tag does, of whatever sign: its target goes into no cluster, nor to another repository that does not ask for it. */
export function makePrivate({ db }: Repository, rid: Rid): void {
  db.prepare('INSERT OR IGNORE INTO private VALUES(?)').run(rid);
  db.prepare('DELETE FROM unclustered WHERE rid=?').run(rid);
}

/** Hands the propagating tags of a check-in down to one that has just become its primary child, and to what stands on that already. */
export function inheritTags(repository: Repository, parent: Rid, child: Rid): void {
  const { db } = repository;
  const hasHeirs = db
    .prepare(
      `SELECT EXISTS(SELECT 1 FROM plink WHERE pid=?1 AND isprim) OR EXISTS(SELECT 1 FROM tagxref WHERE rid=?1 AND srcid<>?1) AS hasHeirs`,
    )
    .get<{ hasHeirs: number }>(child)?.hasHeirs;
  if (hasHeirs === 1) {
    repository.disputes.hasLateLinks = true;
    propagateAllTags(repository, parent);
    return;
  }
  const inherited = db
    .prepare(
      `INSERT INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid)
       SELECT tagid, 2, 0, origid, value, mtime, ?2 FROM tagxref AS own WHERE rid=?1 AND tagtype=2
          AND NOT EXISTS(SELECT 1 FROM tagxref WHERE rid=?2 AND tagid=own.tagid)
       RETURNING tagid AS id, CAST(value AS BLOB) AS value`,
    )
    .all<{ id: number; value: Uint8Array | null }>(parent, child);
  for (const { id, value } of inherited) {
    if (id === FIXED_TAGS.bgcolor)
      db.prepare('UPDATE event SET bgcolor=? WHERE objid=?').run(value && byteTextOf(value), child);
    if (id === FIXED_TAGS.branch) repository.leaves.add(child);
  }
}

/** Hands all tags of a check-in down to its descendants. */
function propagateAllTags(repository: Repository, parent: Rid): void {
  const tags = repository.db
    .prepare(
      'SELECT tagid AS id, tagtype AS type, origid AS origin, CAST(value AS BLOB) AS bytes, mtime FROM tagxref WHERE rid=?',
    )
    .all<Omit<PropagatedTag, 'value'> & { type: TagType; bytes: Uint8Array | null }>(parent);
  for (const { bytes, type, ...tag } of tags)
    propagateTag(repository, parent, { ...tag, type: type === 2 ? 2 : 0, value: bytes && byteTextOf(bytes) });
}

interface PropagatedTag {
  id: number;
  /** 0 deletes inherited copies. */
  type: 0 | 2;
  origin: Rid;
  value: string | null;
  mtime: JulianDay;
}

/** A child, and what it has of a tag: nothing, where `source` is null. */
interface KnownHeir {
  cid: Rid;
  date: JulianDay;
  source: Rid | 0 | null;
  mtime: JulianDay;
}

/**
 * Walks down the primary links from `start`. A child gets the tag when it has none of that id, or an inherited one that is older; the
 * walk stops where a check-in sets the tag itself.
 */
function propagateTag(repository: Repository, start: Rid, tag: PropagatedTag): void {
  const { db, disputes } = repository;
  const children = db.prepare(
    `SELECT cid, plink.mtime AS date, srcid AS source, tagxref.mtime AS mtime
       FROM plink LEFT JOIN tagxref ON cid=rid AND tagid=?
      WHERE pid=? AND isprim ORDER BY plink.mtime`,
  );
  const queue = [start];
  for (let parent = queue.shift(); parent !== undefined; parent = queue.shift()) {
    for (const { cid, date, source, mtime } of children.all<KnownHeir>(tag.id, parent)) {
      const isOpen = source === null ? tag.type === 2 : source === 0 && mtime < tag.mtime;
      // What is taken away here, and came when the check-in was there already, may have kept out an edit.
      const mayHide = isOpen && source !== null && mtime >= date;
      const isRival = tag.type === 2 && source !== null && source !== 0 && source !== cid;
      if (mayHide || (isRival && (mtime <= tag.mtime || date < tag.mtime))) disputes.add(tag.id, cid);
      if (!isOpen) continue;
      queue.push(cid);
      if (tag.type === 2) {
        db.prepare('REPLACE INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid) VALUES(?,2,0,?,?,?,?)').run(
          tag.id,
          tag.origin,
          tag.value,
          tag.mtime,
          cid,
        );
      } else {
        db.prepare('DELETE FROM tagxref WHERE tagid=? AND rid=?').run(tag.id, cid);
      }
      if (tag.id === FIXED_TAGS.bgcolor) {
        db.prepare('UPDATE event SET bgcolor=? WHERE objid=?').run(tag.type === 2 ? tag.value : null, cid);
      }
      if (tag.id === FIXED_TAGS.branch) repository.leaves.add(cid);
    }
  }
}
