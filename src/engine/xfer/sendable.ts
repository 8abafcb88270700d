import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/**
 * Artifacts with content that nobody can read yet: deltas whose source, or its source, is a phantom. They are kept from everybody: a
 * clone that gets one fails in Fossil (fossil.md 10).
 */
export function danglingDeltas({ db }: Repository): ReadonlySet<Rid> {
  const rows = db
    .prepare(
      `WITH RECURSIVE dangling(rid) AS (
         SELECT delta.rid FROM delta JOIN phantom ON phantom.rid=delta.srcid
         UNION SELECT delta.rid FROM delta JOIN dangling ON delta.srcid=dangling.rid
       ) SELECT rid FROM dangling`,
    )
    .all<{ rid: Rid }>();
  return new Set(rows.map((row) => row.rid));
}

/** @returns public artifacts that no cluster names, to be announced by `igot` */
export function unclusteredToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return announceable(repository, 'unclustered JOIN blob USING(rid)');
}

/** @returns all public artifacts, newest first (`pragma send-catalog`, clone protocol 1) */
export function allToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return announceable(repository, 'blob').reverse();
}

function announceable(repository: Repository, source: string): { rid: Rid; hash: Hash }[] {
  const dangling = danglingDeltas(repository);
  return repository.db
    .prepare(
      `SELECT rid, uuid AS hash FROM ${source}
        WHERE size>=0 AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY rid`,
    )
    .all<{ rid: Rid; hash: Hash }>()
    .filter(({ rid }) => !dangling.has(rid));
}
