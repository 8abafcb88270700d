import type { Hash, JulianDay, Rid } from '../identifiers';
import type { Repository } from './repository';

export interface CheckinSummary {
  rid: Rid;
  hash: Hash;
  /** After edits by tags. */
  comment: string;
  user: string;
  mtime: JulianDay;
  branch: string;
}

/** Resolves a version name (fossil.md 8.9): `tip`, hash prefix, branch or tag name. @throws `unknown-version`, `ambiguous-version` */
export declare function resolveVersion(repository: Repository, name: string): Rid;
export declare function checkinSummary(repository: Repository, rid: Rid): CheckinSummary;
export declare function branchOf(repository: Repository, rid: Rid): string;
export declare function isLeaf(repository: Repository, rid: Rid): boolean;
export declare function isClosed(repository: Repository, rid: Rid): boolean;
/** Open leaves of a branch, newest first. */
export declare function openLeaves(repository: Repository, branch: string): Rid[];
/** Check-ins below `rid` along primary and merge links, without itself. */
export declare function descendants(repository: Repository, rid: Rid): Rid[];
/** Where `fossil update` without a version goes from `rid`: the newest open leaf among its descendants, own branch first. */
export declare function updateTarget(repository: Repository, rid: Rid): Rid;
