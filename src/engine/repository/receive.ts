import type { Hash, Rid } from '../identifiers';
import type { CrosslinkSession } from './crosslink-session';
import type { Repository } from './repository';

/** An artifact as a `file` or `cfile` card brings it, decompressed. */
export interface ReceivedArtifact {
  hash: Hash;
  /** The artifact that `payload` is a delta of; absent: payload is the full artifact. */
  deltaSource?: Hash;
  payload: Uint8Array;
  isPrivate: boolean;
}

/**
 * Stores a received artifact inside the caller's transaction and crosslinks it. A delta whose source is missing is kept undigested as
 * Fossil does (source becomes a phantom) and digested, verified and crosslinked when the source arrives.
 * @returns the rid, or undefined when the artifact is shunned
 * @throws EngineError `hash-mismatch` naming the artifact: the caller's transaction must then roll back
 */
export declare function receiveArtifact(
  repository: Repository,
  session: CrosslinkSession,
  artifact: ReceivedArtifact,
): Rid | undefined;
