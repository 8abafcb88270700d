import type { Rid } from '../identifiers';
import type { Repository } from './repository';

/**
 * Derives the tables from artifacts (fossil.md 5.6). Use one session for a whole message or round; `end()` inside the same
 * transaction as the last artifact.
 */
export declare class CrosslinkSession {
  /** @param options.isBulk - apply the timestamp fudge of bulk insertions at the end (sync); false for a single commit */
  constructor(repository: Repository, options: { isBulk: boolean });
  /** Crosslinks an artifact that has just got its content, and whatever waited for it (children, delta manifests, deltas of it). */
  crosslink(rid: Rid, content?: Uint8Array): void;
  end(): void;
}
