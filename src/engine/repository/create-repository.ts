import type { Environment } from '../platform/environment';
import type { Repository } from './repository';

export interface CreateOptions {
  /** Login of the administrator; gets capability `s`. */
  adminUser: string;
  projectName?: string;
  /** Writes Fossil's first, empty check-in. Default true; a clone passes false. */
  withInitialCheckin?: boolean;
  /** 40 hexadecimal digits; by default random. `null` writes none: a clone learns it from the server. */
  projectCode?: string | null;
  isPrivate?: boolean;
}

/**
 * Makes a repository file as `fossil new` does, durable when this returns.
 * @throws EngineError `repository-exists` when the path is taken
 */
export declare function createRepository(environment: Environment, path: string, options: CreateOptions): Repository;
