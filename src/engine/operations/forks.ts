import { compareBytes } from '../codec/utf8';
import type { Repository } from '../repository/repository';
import { allLeaves } from '../repository/versions';
import { countOf } from './describe';
import type { ShortHash } from './short-hash';

/** Branches, and leaves of each, that a sentence names. */
const MOST_NAMED = 3;

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

/** Sentences without their stops, for somebody who did not ask: of many forks the first are named. */
export function forksInWords(forks: readonly Fork[], shortHash: ShortHash): string[] {
  const others = forks.length - MOST_NAMED;
  return [
    ...forks.slice(0, MOST_NAMED).map(({ branch, leaves }) => {
      const named = leaves.slice(0, MOST_NAMED).map(shortHash).join(', ');
      const rest = leaves.length > MOST_NAMED ? ' …' : '';
      return `Branch ${branch} has ${leaves.length} open leaves now (${named}${rest}): merge them`;
    }),
    ...(others > 0
      ? [
          `So ${others === 1 ? 'has' : 'have'} ${countOf(others, 'other')}: "trilobite leaves --multiple" lists ${others === 1 ? 'it' : 'them'}`,
        ]
      : []),
  ];
}
