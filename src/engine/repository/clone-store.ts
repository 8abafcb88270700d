import type { Hash } from '../identifiers';
import type { Repository } from './repository';

/** An artifact as a clone's `cfile` brings it: its container as it came. */
export interface ClonedArtifact {
  hash: Hash;
  deltaSource?: Hash;
  /** Bytes of the finished artifact (USIZE). */
  size: number;
  container: Uint8Array;
}

/** Stores clone payloads as they come, unverified; a delta source not seen yet becomes a phantom. In the caller's transaction. */
export declare function storeCloned(repository: Repository, artifacts: readonly ClonedArtifact[]): void;

export interface CloneVerification {
  artifacts: number;
  /** Bytes of all full artifacts. */
  logicalBytes: number;
  /** Deltas whose source the server never sent: dropped, left as phantoms. */
  unresolved: Hash[];
}

/**
 * Verifies every artifact of a fresh clone against its name and derives all tables. Yields to the thread; cancellable.
 * @throws EngineError `hash-mismatch` or `content-corrupt` naming the artifact
 */
export declare function verifyAndCrosslinkClone(
  repository: Repository,
  options: {
    signal?: AbortSignal;
    onProgress?: (progress: { phase: 'verify' | 'crosslink'; done: number; total: number }) => void;
  },
): Promise<CloneVerification>;
