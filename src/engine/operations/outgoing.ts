import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/**
 * What the next push sends: artifacts made here that no server has had yet.
 * A repository that never had a remote has everything to send.
 */
export function outgoingArtifacts(repository: Repository): Rid[] {
  const { blobs, config, db } = repository;
  if (config.get('last-sync-url') !== undefined) return blobs.unsent();
  return db
    .prepare('SELECT rid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM private) ORDER BY rid')
    .all<{ rid: Rid }>()
    .map((row) => row.rid);
}
