import type { Repository } from '../repository/repository';
import { openLeavesByBranch } from '../repository/versions';

/** A branch with more than one open leaf. */
export interface Fork {
  branch: string;
  /** Hashes, newest first. */
  leaves: string[];
}

/** All branches that have more than one open leaf. */
export function forksOf(repository: Repository): Fork[] {
  const leavesOf = new Map<string, string[]>();
  for (const { hash, branch } of openLeavesByBranch(repository)) {
    const leaves = leavesOf.get(branch);
    if (leaves === undefined) leavesOf.set(branch, [hash]);
    else leaves.push(hash);
  }
  return [...leavesOf].filter(([, leaves]) => leaves.length > 1).map(([branch, leaves]) => ({ branch, leaves }));
}
