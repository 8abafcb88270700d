import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** @returns public artifacts that no cluster names, to be announced by `igot` */
export function unclusteredToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return announceable(repository, 'unclustered JOIN blob USING(rid)');
}

/** @returns all public artifacts, newest first (`pragma send-catalog`, clone protocol 1) */
export function allToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return announceable(repository, 'blob').reverse();
}

function announceable(repository: Repository, source: string): { rid: Rid; hash: Hash }[] {
  const dangling = new Set(repository.blobs.danglingDeltas());
  return repository.db
    .prepare(
      `SELECT rid, uuid AS hash FROM ${source}
        WHERE size>=0 AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY rid`,
    )
    .all<{ rid: Rid; hash: Hash }>()
    .filter(({ rid }) => !dangling.has(rid));
}
