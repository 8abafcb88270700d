import { globalSetting } from './global-config';
import type { Repository } from './repository';

/** A setting of the repository, else of the user; a checkout may override it with a versioned file (fossil.md 8.4). */
export function setting(repository: Repository, name: string): string | undefined {
  return repository.config.get(name) ?? globalSetting(repository.environment, name);
}
