import type { Hash, JulianDay, Rid } from '../identifiers';
import type { Repository } from './repository';
import { inheritTags } from './tags';

/** Links a version of a wiki page, technote or forum post to those that it replaces, and hands their propagating tags down to it. */
export function linkToFormerVersions(
  repository: Repository,
  rid: Rid,
  parents: readonly Hash[],
  mtime: JulianDay,
): Rid | undefined {
  const rids = parents.map((hash) => repository.blobs.ridOrPhantom(hash));
  const insert = repository.db.prepare('INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,NULL)');
  rids.forEach((parent, index) => insert.run(parent, rid, index === 0 ? 1 : 0, mtime));
  const former = rids[0];
  if (former !== undefined) inheritTags(repository, former, rid);
  return former;
}
