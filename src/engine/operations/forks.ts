import type { Hash } from '../identifiers';
import type { Repository } from '../repository/repository';
import { FIXED_TAGS } from '../repository/tag-ids';

/** A branch with more than one open leaf. */
export interface Fork {
  branch: string;
  /** Hashes, newest first. */
  leaves: string[];
}

/** All branches that have more than one open leaf. */
export function forksOf(repository: Repository): Fork[] {
  const rows = repository.db
    .prepare(
      `SELECT uuid AS hash,
              coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=leaf.rid AND tagtype>0),'trunk') AS branch
         FROM leaf JOIN blob USING(rid) JOIN event ON event.objid=leaf.rid
        WHERE NOT EXISTS(SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.closed} AND rid=leaf.rid AND tagtype>0)
        ORDER BY branch, event.mtime DESC`,
    )
    .all<{ hash: Hash; branch: string }>();
  const leavesOf = new Map<string, string[]>();
  for (const { hash, branch } of rows) leavesOf.set(branch, [...(leavesOf.get(branch) ?? []), hash]);
  return [...leavesOf].filter(([, leaves]) => leaves.length > 1).map(([branch, leaves]) => ({ branch, leaves }));
}
