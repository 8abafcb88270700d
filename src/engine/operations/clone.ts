import type { Environment } from '../platform/environment';
import type { Transport } from '../xfer/transport';
import type { Interaction } from './interaction';

export interface CloneRequest {
  url: string;
  /** Repository file to make. */
  path: string;
  user?: string;
  password?: string;
}

export interface CloneResult {
  path: string;
  projectName: string | undefined;
  artifacts: number;
  bytesReceived: number;
  roundTrips: number;
  /** Artifacts that the server announced but never sent. */
  unresolved: string[];
}

/**
 * Clones a server's repository: grows `path.trilobite-partial`, verifies it, renames it to `path`.
 * @throws EngineError; `path` does not exist then
 */
export declare function cloneRepository(
  environment: Environment,
  transport: Transport,
  request: CloneRequest,
  interaction: Interaction,
): Promise<CloneResult>;
