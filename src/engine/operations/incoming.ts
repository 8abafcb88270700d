import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { descendants } from '../repository/versions';

/** Check-ins below `current` that came from elsewhere: what was made here and not sent yet is outgoing. */
export function incomingCheckins(repository: Repository, current: Rid): Rid[] {
  if (current === 0) return [];
  const unsent = new Set(repository.blobs.unsent());
  return descendants(repository, current).filter((rid) => !unsent.has(rid));
}
