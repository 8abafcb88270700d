import type { Hash } from '../identifiers';
import type { ProgressListener } from '../progress';
import type { Repository } from '../repository/repository';
import type { Remote } from './remote';
import type { Transport } from './transport';

export interface SyncOptions {
  pull: boolean;
  push: boolean;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
}

export interface SyncStatistics {
  received: number;
  sent: number;
  bytesReceived: number;
  bytesSent: number;
  roundTrips: number;
  /** What the server had to say (`message` cards), such as "pull only - not authorized to push". */
  messages: string[];
  /** False when the server refused the push but served the pull. */
  wasPushRefused: boolean;
  /** Seconds the server's clock is ahead, when that exceeds 10. */
  clockSkew?: number;
}

/** Pulls and pushes until nothing moves; each round is one crash-safe step. @throws EngineError */
export declare function synchronize(
  repository: Repository,
  transport: Transport,
  remote: Remote,
  options: SyncOptions,
): Promise<SyncStatistics>;

export interface CloneStatistics extends SyncStatistics {
  /** Deltas dropped because the server never sent their source. */
  unresolved: Hash[];
}

/**
 * Fills an empty repository without project code (createRepository with `projectCode: null`) from a server with clone protocol 3,
 * verifies every artifact, derives the tables and takes over the server's configuration.
 */
export declare function cloneInto(
  repository: Repository,
  transport: Transport,
  remote: Remote,
  options: { signal?: AbortSignal; onProgress?: ProgressListener },
): Promise<CloneStatistics>;
