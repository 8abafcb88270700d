import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { inBagOrder } from './bag-order';

const CHAIN = `
WITH RECURSIVE chain(rid, depth) AS (
  SELECT ?1, 0 UNION ALL SELECT srcid, depth+1 FROM chain JOIN delta USING(rid)
) SELECT rid FROM chain ORDER BY depth DESC`;

/**
 * Whether "fossil rebuild" reads artifact `a` after `b`: it takes the full texts by rid, and after each its deltas, those of one artifact
 * in the order of a hash table. Where its tables depend on who was read last, ours follow it.
 */
export function isReadLater(db: Database, a: Rid, b: Rid): boolean {
  const chain = db.prepare(CHAIN);
  const [left = [], right = []] = [a, b].map((rid) => chain.all<{ rid: Rid }>(rid).map((row) => row.rid));
  const fork = left.findIndex((rid, depth) => rid !== right[depth]);
  if (fork === -1) return false;
  const [x, y, common] = [left[fork], right[fork], left[fork - 1]];
  if (x === undefined || y === undefined) return y === undefined;
  if (common === undefined) return x > y;
  const siblings = inBagOrder(
    db
      .prepare('SELECT rid FROM delta WHERE srcid=? ORDER BY rid')
      .all<{ rid: Rid }>(common)
      .map((row) => row.rid),
  );
  return siblings.indexOf(x) > siblings.indexOf(y);
}
