import type { Checkin } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import { isHash, type Hash, type Rid } from '../identifiers';
import { linkFiles, markAddedByMerge, type FileLinkOptions } from './file-links';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import { inheritTags, type TagType } from './tags';

/** Gives a check-in the parents that a `parent` tag names; its files are left to {@link reapplyParentTags}. */
export function reparent(repository: Repository, rid: Rid, value: string | null): void {
  const parents = parentsInTag(value);
  const checkin = repository.checkins.checkin(rid);
  if (parents === undefined || checkin === undefined) return;
  replaceParents(repository, rid, checkin, parents);
}

/**
 * Applies all `parent` tags anew: what they name, or what they stand on, may have arrived since (fossil.md 5.6). One that was cancelled
 * leaves the check-in where it had taken it.
 */
export function reapplyParentTags(repository: Repository, options: FileLinkOptions): void {
  const tags = repository.db
    .prepare('SELECT rid, tagtype, value FROM tagxref WHERE tagid=?')
    .all<{ rid: Rid; tagtype: TagType; value: string | null }>(FIXED_TAGS.parent);
  for (const { rid, tagtype, value } of tags) {
    if (tagtype === 1) reparent(repository, rid, value);
    const checkin = repository.checkins.checkin(rid);
    if (checkin !== undefined) relinkFiles(repository, rid, checkin, options);
  }
}

/**
 * Gives a check-in the parents that it has in the end.
 * @param value - of the last `parent` tag that counted, be it cancelled since; undefined: none ever did
 * @returns whether it had others
 */
export function giveParents(repository: Repository, rid: Rid, value: string | undefined): boolean {
  const { db, blobs, checkins } = repository;
  const checkin = checkins.checkin(rid);
  if (checkin === undefined) return false;
  const given = value === undefined ? undefined : parentsInTag(value);
  const parents = given ?? checkin.parents;
  const known = db.prepare('SELECT pid FROM plink WHERE cid=? ORDER BY isprim DESC, pid').all<{ pid: Rid }>(rid);
  const [primary, ...others] = parents.map((hash) => blobs.ridOrPhantom(hash));
  const wanted = primary === undefined ? [] : [primary, ...others.sort((a, b) => a - b)];
  if (wanted.length === known.length && known.every(({ pid }, index) => pid === wanted[index])) return false;
  replaceParents(repository, rid, checkin, parents);
  if (given !== undefined) {
    relinkFiles(repository, rid, checkin, { deltify: false });
    return true;
  }
  db.prepare('DELETE FROM mlink WHERE mid=?').run(rid);
  linkFiles(repository, rid, checkin, { deltify: false });
  if (primary !== undefined) inheritTags(repository, primary, rid);
  return true;
}

/** The parents that the value of a `parent` tag names: hashes, each followed by one blank or the end. @returns undefined when the value is anything else */
export function parentsInTag(value: string | null): Hash[] | undefined {
  if (value === null || value === '') return undefined;
  const words = value.split(/[\0- ]/);
  if (words.at(-1) === '') words.pop();
  return words.every(isHash) ? words : undefined;
}

function replaceParents(repository: Repository, rid: Rid, checkin: Checkin, parents: readonly Hash[]): void {
  const { db, blobs, leaves } = repository;
  leaves.addTagged(rid);
  db.prepare('DELETE FROM plink WHERE cid=?').run(rid);
  const mtime = toJulianDay(checkin.date);
  const baseline = checkin.baseline === undefined ? null : blobs.ridOrPhantom(checkin.baseline);
  const insert = db.prepare('INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,?)');
  parents.forEach((hash, index) => insert.run(blobs.ridOrPhantom(hash), rid, index === 0 ? 1 : 0, mtime, baseline));
  leaves.addTagged(rid);
}

/**
 * Compares with the primary parent that it has now, and, as Fossil does, with the merge parents that the check-in itself names. Where
 * it tells what a merge brought, Fossil counts the parents that the check-in has now.
 */
function relinkFiles(repository: Repository, rid: Rid, checkin: Checkin, options: FileLinkOptions): void {
  const { db, blobs } = repository;
  const parents = db
    .prepare('SELECT pid, isprim FROM plink WHERE cid=? ORDER BY isprim DESC')
    .all<{ pid: Rid; isprim: number }>(rid);
  const primary = parents.filter(({ isprim }) => isprim === 1).map(({ pid }) => blobs.hash(pid));
  db.prepare('DELETE FROM mlink WHERE mid=?').run(rid);
  linkFiles(repository, rid, { ...checkin, parents: [...primary, ...checkin.parents.slice(1)] }, options);
  markAddedByMerge(repository, rid, parents.length + checkin.cherrypicks.filter((pick) => pick.sign === '+').length);
}
