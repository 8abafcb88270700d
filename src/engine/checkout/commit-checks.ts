import { fromJulianDay } from '../codec/julian-day';
import { EngineError } from '../errors';
import type { Rid } from '../identifiers';
import { branchOf, checkinSummary, isClosed, isLeaf, openLeaves } from '../repository/versions';
import type { Checkout } from './checkout';

/** How far a parent may lie in the future before the clock must be wrong, in milliseconds: fast commits, not skew. */
const toleratedSkew = 1000;

/** A row of `vmerge` that stands for a check-in (fossil.md 8.2). */
export interface MergedCheckin {
  /** 0 merge, -1 cherry-pick, -2 back-out, -4 integrate. */
  kind: number;
  rid: Rid;
}

/** Where a commit goes. */
export interface CommitTarget {
  /** 0 in a checkout of an empty repository. */
  parent: Rid;
  /** Name of the new branch, when the commit starts one. */
  newBranch?: string;
  isPrivate: boolean;
}

/**
 * Refuses what would fork, continue a closed branch, or start a branch whose name is taken (fossil.md 8.5).
 * @throws EngineError `would-fork`, `branch-closed`, `usage`
 */
export function requireCommittable(checkout: Checkout, target: CommitTarget, allowFork: boolean): void {
  const { repository } = checkout;
  const { parent, newBranch } = target;
  if (newBranch !== undefined && openLeaves(repository, newBranch).length > 0) {
    throw new EngineError('usage', `There is an open branch named "${newBranch}" already. Choose another name.`);
  }
  if (parent === 0) return;
  if (newBranch === undefined && !allowFork && !target.isPrivate && !isLeaf(repository, parent)) {
    throw new EngineError(
      'would-fork',
      'Somebody has committed on top of the version that is checked out: this commit would make a fork. Update first, or commit to a new branch.',
    );
  }
  if (isClosed(repository, parent) && (newBranch === undefined || newBranch === branchOf(repository, parent))) {
    throw new EngineError(
      'branch-closed',
      `The branch "${branchOf(repository, parent)}" is closed here. Commit to a new branch.`,
    );
  }
}

/** Check-ins that are merged into the checkout, in the order of the merges. */
export function mergedCheckins(checkout: Checkout): MergedCheckin[] {
  return checkout.repository.db
    .prepare('SELECT id AS kind, merge AS rid FROM localdb.vmerge WHERE id<=0 ORDER BY rowid')
    .all<{ kind: number; rid: Rid }>();
}

/**
 * A time for the check-in that lies after those of its parents.
 * @returns Unix milliseconds
 * @throws EngineError `clock-skew`
 */
export function commitTime(checkout: Checkout, parents: readonly Rid[]): number {
  const now = checkout.environment.clock.now();
  const newest = Math.max(0, ...parents.map((rid) => fromJulianDay(checkinSummary(checkout.repository, rid).mtime)));
  if (newest < now) return now;
  if (newest - now <= toleratedSkew) return newest + 1;
  throw new EngineError(
    'clock-skew',
    `The version that is checked out is dated ${new Date(newest).toISOString()}, in the future. Set this computer's clock, then commit again.`,
  );
}
