import type { Rid } from '../identifiers';
import { ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** A tag by which something else takes a check-in, and all that stands on it, from the branch of its parent. */
interface Removal {
  source: Rid;
  target: Rid;
}

const HAS_BRANCH = `SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid`;

/** Check-ins on no branch that are walked back through at once: a history may have no branches at all. */
const MOST_BRANCHLESS = 1000;

/** The check-ins themselves, and those before them up to the first that is on a branch or has been taken from one. */
const REMOVALS = `
WITH RECURSIVE before(rid) AS (
  SELECT value FROM json_each(?)
  UNION SELECT pid FROM before JOIN plink ON cid=rid AND isprim WHERE NOT EXISTS(${HAS_BRANCH}=before.rid) LIMIT ?
) SELECT srcid AS source, rid AS target FROM before JOIN tagxref USING(rid)
   WHERE tagid=${FIXED_TAGS.branch} AND tagtype<2 AND srcid NOT IN (0, rid)
     AND EXISTS(SELECT 1 FROM plink WHERE cid=rid AND isprim AND EXISTS(${HAS_BRANCH}=pid AND tagtype=2))`;

/**
 * Fossil asks a check-in whether it is a leaf when it comes to a branch or leaves one. Where "fossil rebuild" reads check-ins before the tag that
 * takes them from their branch they have been on it, though here the tag may have come first.
 * @param linked - check-ins that have just been linked
 */
export function askBranchless(repository: Repository, linked: ReadonlySet<Rid>): void {
  const { db, leaves } = repository;
  const children = db.prepare(`SELECT cid FROM plink WHERE pid=? AND isprim AND NOT EXISTS(${HAS_BRANCH}=cid)`);
  const removals = db.prepare(REMOVALS).all<Removal>(JSON.stringify([...linked]), linked.size + MOST_BRANCHLESS);
  const order = new ReadingOrder(db);
  for (const { source, target } of removals) {
    const queue = [target];
    for (let rid = queue.pop(); rid !== undefined; rid = queue.pop()) {
      if (!order.isLater(source, rid)) continue;
      leaves.add(rid);
      queue.push(...children.all<{ cid: Rid }>(rid).map((row) => row.cid));
    }
  }
}
