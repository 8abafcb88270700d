import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { ReadingOrder } from './reading-order';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** A tag by which something else takes a check-in, and all that stands on it, from the branch of its parent. */
interface Removal {
  source: Rid;
  target: Rid;
}

const HAS_BRANCH = `SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid`;

const IS_TAKEN_FROM_PARENT = `EXISTS(SELECT 1 FROM plink WHERE cid=rid AND isprim AND EXISTS(${HAS_BRANCH}=pid AND tagtype=2))`;

/** Check-ins on no branch that are walked back through at once: a history may have no branches at all. */
const MOST_BRANCHLESS = 1000;

/** The check-ins themselves, and those before them up to the first that is on a branch or has been taken from one. */
const REMOVALS = `
WITH RECURSIVE before(rid) AS (
  SELECT value FROM json_each(?)
  UNION SELECT pid FROM before JOIN plink ON cid=rid AND isprim WHERE NOT EXISTS(${HAS_BRANCH}=before.rid) LIMIT ?
) SELECT srcid AS source, rid AS target FROM before JOIN tagxref USING(rid)
   WHERE tagid=${FIXED_TAGS.branch} AND tagtype<2 AND srcid NOT IN (0, rid)
     AND ${IS_TAKEN_FROM_PARENT}`;
const ALL_REMOVALS = `
SELECT srcid AS source, rid AS target FROM tagxref
 WHERE tagid=${FIXED_TAGS.branch} AND tagtype<2 AND srcid NOT IN (0, rid) AND ${IS_TAKEN_FROM_PARENT}`;

/**
 * Fossil asks a check-in whether it is a leaf when it comes to a branch or leaves one. Where "fossil rebuild" reads check-ins before the tag that
 * takes them from their branch they have been on it, though here the tag may have come first; where it reads the tag first they never were.
 * @param changed - check-ins that have just been linked, and what controls that have just been linked are about; default: all
 */
export function askBranchless(repository: Repository, changed?: ReadonlySet<Rid>): void {
  const { db, leaves } = repository;
  const children = db.prepare(`SELECT cid FROM plink WHERE pid=? AND isprim AND NOT EXISTS(${HAS_BRANCH}=cid)`);
  const removals =
    changed === undefined
      ? db.prepare(ALL_REMOVALS).all<Removal>()
      : db.prepare(REMOVALS).all<Removal>(JSON.stringify([...changed]), changed.size + MOST_BRANCHLESS);
  if (removals.length === 0) return;
  const order = new ReadingOrder(db);
  for (const { source, target } of removals) {
    const queue = [{ rid: target, wasOnBranch: true }];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { rid } = next;
      const wasOnBranch = next.wasOnBranch && order.isLater(source, rid);
      if (wasOnBranch) leaves.add(rid);
      else if (rid !== target && !isAskedByChild(db, order, rid)) leaves.forget(rid);
      queue.push(...children.all<{ cid: Rid }>(rid).map(({ cid }) => ({ rid: cid, wasOnBranch })));
    }
  }
}

/** A check-in is asked, too, when one that stands on it comes to a branch, or has one taken from it. */
function isAskedByChild(db: Database, order: ReadingOrder, rid: Rid): boolean {
  return db
    .prepare(
      `SELECT cid AS child, srcid AS source FROM plink JOIN tagxref ON rid=cid WHERE pid=? AND tagid=${FIXED_TAGS.branch}`,
    )
    .all<{ child: Rid; source: Rid | 0 }>(rid)
    .some(({ child, source }) => source === 0 || source === child || order.isLater(source, child));
}
