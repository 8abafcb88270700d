import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { FIXED_TAGS } from '../repository/tag-ids';

/** @returns public artifacts that no cluster names, to be announced by `igot` */
export function unclusteredToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return announceable(repository, 'unclustered CROSS JOIN blob USING(rid)');
}

/** @returns all public artifacts, newest first (`pragma send-catalog`, clone protocol 1) */
export function allToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return announceable(repository, 'blob').reverse();
}

/** @returns private artifacts, to be announced to a side that may have them */
export function privateToAnnounce(repository: Repository): { rid: Rid; hash: Hash }[] {
  return readable(repository, 'private CROSS JOIN blob USING(rid)');
}

/** @returns clusters that another cluster names: whoever lacks them cannot learn of them from what is unclustered */
export function clusteredClusters(repository: Repository): { rid: Rid; hash: Hash }[] {
  const isCluster = `tagid=${FIXED_TAGS.cluster} AND tagtype>0`;
  return announceable(
    repository,
    'tagxref CROSS JOIN blob USING(rid)',
    `${isCluster} AND rid NOT IN (SELECT rid FROM unclustered)`,
  );
}

function announceable(repository: Repository, source: string, condition = 'true'): { rid: Rid; hash: Hash }[] {
  return readable(repository, source, `${condition} AND rid NOT IN (SELECT rid FROM private)`);
}

/** A `source` of two tables joins them by `CROSS JOIN`: else all of `blob` is looked through, as it has the order. */
function readable(repository: Repository, source: string, condition = 'true'): { rid: Rid; hash: Hash }[] {
  const dangling = new Set(repository.blobs.danglingDeltas());
  return repository.db
    .prepare(
      `SELECT blob.rid AS rid, uuid AS hash FROM ${source}
        WHERE ${condition} AND size>=0 AND uuid NOT IN (SELECT uuid FROM shun) ORDER BY rid`,
    )
    .all<{ rid: Rid; hash: Hash }>()
    .filter(({ rid }) => !dangling.has(rid));
}
