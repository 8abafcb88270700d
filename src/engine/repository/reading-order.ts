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

/** When "fossil rebuild" reads each artifact: for who asks often, where {@link isReadLater} walks chains of deltas anew each time. */
export class ReadingOrder {
  readonly #db: Database;
  #positions: Int32Array | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @returns a number that is larger than that of everything that is read before */
  positionOf(rid: Rid): number {
    this.#positions ??= this.#read();
    return this.#positions[rid] ?? 0;
  }

  #read(): Int32Array {
    const last = this.#db.prepare('SELECT max(rid) AS last FROM blob').get<{ last: number | null }>()?.last ?? 0;
    const positions = new Int32Array(last + 1);
    const deltas = new Map<Rid, Rid[]>();
    const isDelta = new Uint8Array(last + 1);
    const pairs = this.#db.prepare('SELECT rid, srcid FROM delta ORDER BY rid');
    for (const { rid, srcid } of pairs.iterate<{ rid: Rid; srcid: Rid }>()) {
      isDelta[rid] = 1;
      const siblings = deltas.get(srcid);
      if (siblings === undefined) deltas.set(srcid, [rid]);
      else siblings.push(rid);
    }
    let position = 0;
    for (let rid = 1; rid <= last; rid++) {
      if (isDelta[rid] === 1) continue;
      const stack = [rid as Rid];
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        positions[next] = ++position;
        const below = deltas.get(next);
        if (below !== undefined) stack.push(...inBagOrder(below).reverse());
      }
    }
    return positions;
  }
}
