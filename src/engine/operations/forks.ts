import { compareBytes } from '../codec/utf8';
import type { Repository } from '../repository/repository';
import { allLeaves } from '../repository/versions';

/** A branch with more than one open leaf. */
export interface Fork {
  branch: string;
  /** Hashes, newest first. */
  leaves: string[];
}

/** All branches that have more than one open leaf, by the bytes of their names. */
export function forksOf(repository: Repository): Fork[] {
  const leavesOf = new Map<string, string[]>();
  for (const { hash, branch, isClosed } of allLeaves(repository)) {
    if (isClosed) continue;
    const leaves = leavesOf.get(branch);
    if (leaves === undefined) leavesOf.set(branch, [hash]);
    else leaves.push(hash);
  }
  return [...leavesOf]
    .filter(([, leaves]) => leaves.length > 1)
    .map(([branch, leaves]) => ({ branch, leaves }))
    .sort((a, b) => compareBytes(a.branch, b.branch));
}
