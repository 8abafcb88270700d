import type { Checkin } from '../artifact/types';
import type { Rid } from '../identifiers';
import { baselineDifferences, fileDifferences, type FileLink, PERMISSION } from './file-differences';
import type { Repository } from './repository';

export interface FileLinkOptions {
  /** Re-store the parent's manifest and old file contents as deltas of the new ones (fossil.md 5.5). */
  deltify: boolean;
}

/**
 * Writes the `mlink` rows of a check-in: against its primary parent first, then against merge parents and cherry-picks, for files that
 * have a primary row (fossil.md 5.6). Parents that are not here are left out; {@link linkChildren} fills them in when they arrive.
 */
export function linkFiles(repository: Repository, rid: Rid, checkin: Checkin, options: FileLinkOptions): void {
  const primary = checkin.parents[0];
  if (primary === undefined) {
    linkRoot(repository, rid, checkin);
    return;
  }
  const primaryRid = repository.blobs.ridOrPhantom(primary);
  if (!linkAgainst(repository, rid, checkin, primaryRid, true, options)) return;
  const picks = checkin.cherrypicks.filter((pick) => pick.sign === '+').map((pick) => pick.hash);
  const secondary = [...checkin.parents.slice(1), ...picks];
  for (const hash of secondary) {
    const parent = repository.blobs.rid(hash);
    if (parent !== undefined) linkAgainst(repository, rid, checkin, parent, false, options);
  }
  if (secondary.length > 0) markAddedByMerge(repository, rid, 1 + secondary.length);
}

/** Completes the rows of check-ins that arrived before this parent, or cherry-pick, of theirs. */
export function linkChildren(repository: Repository, rid: Rid, options: FileLinkOptions): void {
  const children = repository.db
    .prepare(
      'SELECT cid FROM plink WHERE pid=?1 UNION SELECT childid FROM cherrypick WHERE parentid=?1 AND NOT isExclude',
    )
    .all<{ cid: Rid }>(rid);
  for (const { cid } of children) {
    const child = repository.checkins.checkin(cid);
    if (child !== undefined) linkFiles(repository, cid, child, options);
  }
}

/** @returns whether the rows are there now */
function linkAgainst(
  repository: Repository,
  rid: Rid,
  checkin: Checkin,
  parent: Rid,
  isPrimary: boolean,
  options: FileLinkOptions,
): boolean {
  const { db, checkins } = repository;
  if (db.prepare('SELECT 1 FROM mlink WHERE mid=? AND pmid=?').get(rid, parent) !== undefined) return true;
  const parentCheckin = checkins.checkin(parent);
  const links = parentCheckin && differencesTo(repository, { rid: parent, checkin: parentCheckin }, { rid, checkin });
  if (parentCheckin === undefined || links === undefined) return false;
  if (options.deltify) deltifyManifest(repository, parent, parentCheckin, rid, checkin);
  for (const link of links) insertLink(repository, rid, parent, link, isPrimary, options);
  return true;
}

interface KnownCheckin {
  rid: Rid;
  checkin: Checkin;
}

/** @returns undefined when the files of one of them are not known */
function differencesTo(
  { checkins }: Repository,
  before: KnownCheckin,
  after: KnownCheckin,
): Iterable<FileLink> | undefined {
  if (before.checkin.baseline === undefined && after.checkin.baseline === undefined) {
    const links = baselineDifferences(before.checkin, after.checkin);
    if (links !== undefined) return links;
  }
  const parentFiles = checkins.files(before.rid);
  const files = checkins.files(after.rid);
  if (parentFiles === undefined || files === undefined) return undefined;
  return fileDifferences({ checkin: before.checkin, files: parentFiles }, { checkin: after.checkin, files });
}

function linkRoot(repository: Repository, rid: Rid, checkin: Checkin): void {
  if (repository.db.prepare('SELECT 1 FROM mlink WHERE mid=?').get(rid) !== undefined) return;
  for (const card of checkin.files) {
    if (card.hash === undefined) continue;
    const link = { name: card.name, to: card.hash, permission: PERMISSION[card.permission] };
    insertLink(repository, rid, 0 as Rid, link, true, { deltify: false });
  }
}

function insertLink(
  repository: Repository,
  rid: Rid,
  parent: Rid,
  link: FileLink,
  isPrimary: boolean,
  options: FileLinkOptions,
): void {
  const { db, blobs } = repository;
  const name = fileNameId(repository, link.name);
  const formerName = link.formerName === undefined ? 0 : fileNameId(repository, link.formerName);
  const from = link.from === undefined ? 0 : blobs.ridOrPhantom(link.from);
  // What only a private check-in names is private: nobody else is asked for it.
  const isPrivate = (): boolean => blobs.isPrivate(rid);
  const to = link.to === undefined ? 0 : blobs.ridOrPhantom(link.to, { isPrivate });
  if (to !== 0 && blobs.isPrivate(to) && !blobs.isPrivate(rid))
    blobs.makePublic(to, { isUnsent: !blobs.isPhantom(to) });
  const isWanted =
    isPrimary || db.prepare('SELECT 1 FROM mlink WHERE mid=? AND fnid=? AND NOT isaux').get(rid, name) !== undefined;
  if (isWanted) {
    db.prepare('INSERT INTO mlink(mid,fid,pmid,pid,fnid,pfnid,mperm,isaux) VALUES(?,?,?,?,?,?,?,?)').run(
      rid,
      to,
      parent,
      from,
      name,
      formerName,
      link.permission,
      isPrimary ? 0 : 1,
    );
  }
  if (options.deltify && from !== 0 && to !== 0) blobs.deltifyFormer(from, to);
}

/** A file in fewer rows than there are parents was brought by the merge: pid -1 instead of 0. Told anew when a parent arrives. */
export function markAddedByMerge(repository: Repository, rid: Rid, parents: number): void {
  repository.db.prepare('UPDATE mlink SET pid=0 WHERE mid=? AND pid=-1').run(rid);
  repository.db
    .prepare(
      `UPDATE mlink SET pid=-1 WHERE mid=?1 AND pid=0
          AND fnid IN (SELECT fnid FROM mlink WHERE mid=?1 GROUP BY fnid HAVING count(*)<?2)`,
    )
    .run(rid, parents);
}

function deltifyManifest(
  repository: Repository,
  parent: Rid,
  parentCheckin: Checkin,
  rid: Rid,
  checkin: Checkin,
): void {
  const areAlike = (parentCheckin.baseline === undefined) === (checkin.baseline === undefined);
  if (areAlike) {
    repository.blobs.deltifyFormer(parent, rid);
  } else if (checkin.baseline === undefined && parentCheckin.baseline !== undefined) {
    const baseline = repository.blobs.rid(parentCheckin.baseline);
    if (baseline !== undefined) repository.blobs.deltifyFormer(baseline, rid);
  }
}

function fileNameId(repository: Repository, name: string): number {
  const known = repository.db.prepare('SELECT fnid FROM filename WHERE name=?').get<{ fnid: number }>(name);
  return known?.fnid ?? repository.db.prepare('INSERT INTO filename(name) VALUES(?)').run(name).lastInsertRowid;
}
