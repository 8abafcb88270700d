import type { Rid } from '../identifiers';
import type { Repository } from './repository';

/** So many later artifacts are tried as the source of a delta. */
const NEIGHBOURS = 5;

export interface Compression {
  /** Artifacts that became deltas. */
  deltas: number;
  /** Bytes of `blob.content` that were saved. */
  bytes: number;
}

/**
 * Looks for deltas that crosslinking left out, as `fossil rebuild --compress` does: a manifest against the check-ins after it, a file
 * against later ones of its name, five of them each. In the caller's transaction.
 */
export function compressAll(repository: Repository): Compression {
  const total: Compression = { deltas: 0, bytes: 0 };
  for (const [target, sources] of [...manifestCandidates(repository), ...fileCandidates(repository)]) {
    const saved = repository.blobs.deltify(target, sources);
    if (saved <= 0) continue;
    total.deltas++;
    total.bytes += saved;
  }
  return total;
}

type Candidate = readonly [target: Rid, sources: readonly Rid[]];

/** Check-ins that are no deltas, newest first. */
function manifestCandidates({ db }: Repository): Candidate[] {
  const rows = db
    .prepare(
      `SELECT objid AS rid FROM event JOIN blob ON blob.rid=event.objid
        WHERE type='ci' AND size>=0 AND objid NOT IN (SELECT rid FROM delta) ORDER BY event.mtime DESC, objid`,
    )
    .all<{ rid: Rid }>();
  return withNeighbours(rows.map((row) => row.rid));
}

/** Files that are no deltas, by name, newest first. */
function fileCandidates({ db }: Repository): Candidate[] {
  const rows = db
    .prepare(
      `SELECT mlink.fid AS rid, mlink.fnid AS name, max(plink.mtime) AS mtime FROM mlink JOIN plink ON plink.cid=mlink.mid
         JOIN blob ON blob.rid=mlink.fid
        WHERE size>=0 AND mlink.fid NOT IN (SELECT rid FROM delta) GROUP BY mlink.fnid, mlink.fid
        ORDER BY mlink.fnid, 3 DESC, mlink.fid`,
    )
    .all<{ rid: Rid; name: number }>();
  const byName = new Map<number, Rid[]>();
  for (const { rid, name } of rows) {
    const versions = byName.get(name);
    if (versions === undefined) byName.set(name, [rid]);
    else versions.push(rid);
  }
  return [...byName.values()].flatMap(withNeighbours);
}

function withNeighbours(newestFirst: readonly Rid[]): Candidate[] {
  return newestFirst.map((rid, index) => [rid, newestFirst.slice(Math.max(0, index - NEIGHBOURS), index)] as const);
}
