import type { Repository } from './repository';

/** A setting from the repository's `config`, else undefined. The checkout adds versioned files and the global database (fossil.md 8.4). */
export function setting(repository: Repository, name: string): string | undefined {
  return repository.config.get(name);
}
