import type { Rid } from '../identifiers';
import type { Repository } from './repository';
import { removeArtifacts } from './shun';
import { branchOf, descendants } from './versions';

/**
 * Makes private artifacts public, with the files of check-ins among them and what has set their tags (`fossil publish`). Public ones are
 * left alone. In the caller's transaction.
 * @param options.only - just these artifacts, nothing that belongs to them
 * @returns those that are public now and were not
 */
export function publishArtifacts(
  repository: Repository,
  rids: readonly Rid[],
  options: { only?: boolean } = {},
): Rid[] {
  const chosen = options.only === true ? new Set(rids) : withAssociates(repository, rids);
  const published = [...chosen].filter((rid) => repository.blobs.isPrivate(rid));
  for (const rid of published) repository.blobs.makePublic(rid);
  return published;
}

/** The first check-in of the branch that `rid` is on, and everything that descends from it. */
export function branchWithDescendants(repository: Repository, rid: Rid): Rid[] {
  const branch = branchOf(repository, rid);
  const parentOf = repository.db.prepare('SELECT pid FROM plink WHERE cid=? AND isprim');
  let first = rid;
  for (;;) {
    const parent = parentOf.get<{ pid: Rid }>(first)?.pid;
    if (parent === undefined || branchOf(repository, parent) !== branch) break;
    first = parent;
  }
  return [first, ...descendants(repository, first)];
}

/** Artifacts that are not shared: check-ins alone, or all. */
export function privateArtifacts(repository: Repository, options: { checkinsOnly?: boolean } = {}): Rid[] {
  return repository.db
    .prepare(
      `SELECT rid FROM private JOIN blob USING(rid)
        WHERE size>=0 AND (? OR rid IN (SELECT objid FROM event WHERE type='ci')) ORDER BY rid`,
    )
    .all<{ rid: Rid }>(options.checkinsOnly === true ? 0 : 1)
    .map((row) => row.rid);
}

/**
 * Deletes everything private for good; public artifacts that were deltas of it become full text first. The derived tables must be
 * rebuilt afterwards, in the same transaction.
 * @returns how many artifacts were removed
 */
export function removePrivate(repository: Repository): number {
  const doomed = repository.db
    .prepare('SELECT rid FROM private')
    .all<{ rid: Rid }>()
    .map((row) => row.rid);
  removeArtifacts(repository, doomed);
  repository.db.exec('DROP TABLE IF EXISTS modreq');
  return doomed.length;
}

function withAssociates({ db }: Repository, rids: readonly Rid[]): Set<Rid> {
  const chosen = new Set(rids);
  const related = [
    'SELECT fid AS rid FROM mlink WHERE mid=? AND fid>0',
    'SELECT srcid AS rid FROM tagxref WHERE rid=? AND srcid>0',
  ];
  for (const sql of related) {
    const query = db.prepare(sql);
    for (const rid of rids) for (const row of query.all<{ rid: Rid }>(rid)) chosen.add(row.rid);
  }
  return chosen;
}
