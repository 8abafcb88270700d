import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { inBagOrder } from './bag-order';

/** Beyond that deltas run in a circle. */
const LONGEST_CHAIN = 100_000;
/** What an artifact is a delta of, and so on, from the full text down to itself. */
const CHAIN = `
WITH RECURSIVE chain(rid, depth) AS (
  SELECT ?1, 0 UNION ALL SELECT srcid, depth+1 FROM chain JOIN delta USING(rid) WHERE depth<${LONGEST_CHAIN}
) SELECT rid FROM chain ORDER BY depth DESC`;
const DELTAS = 'SELECT rid FROM delta WHERE srcid=? ORDER BY rid';
/** So many artifacts are looked at in chains and beside them before all are read, which takes about as long in a history of some size. */
const MOST_WALKED = 30_000;

/** As {@link ReadingOrder.isLater}, for who asks once. */
export function isReadLater(db: Database, a: Rid, b: Rid): boolean {
  return new ReadingOrder(db).isLater(a, b);
}

/**
 * When "fossil rebuild" reads each artifact: it takes the full texts by rid, and after each its deltas, those of one artifact in the order of
 * a hash table. Where its tables depend on who was read last, ours follow it.
 */
export class ReadingOrder {
  readonly #db: Database;
  /** All row ids in order, which may lie far apart, and the position of each. */
  #rids = new Float64Array(0);
  #positions: Int32Array | undefined;
  /** Artifacts that have been looked at so far. */
  #walked = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Whether artifact `a` is read after `b`. */
  isLater(a: Rid, b: Rid): boolean {
    if (this.#positions !== undefined || this.#walked >= MOST_WALKED) return this.positionOf(a) > this.positionOf(b);
    const [left, right] = [this.#walk(CHAIN, a), this.#walk(CHAIN, b)];
    const fork = left.findIndex((rid, depth) => rid !== right[depth]);
    if (fork === -1) return false;
    const [x, y, common] = [left[fork], right[fork], left[fork - 1]];
    if (x === undefined || y === undefined) return y === undefined;
    if (common === undefined) return x > y;
    const siblings = inBagOrder(this.#walk(DELTAS, common));
    return siblings.indexOf(x) > siblings.indexOf(y);
  }

  /** @returns a number that is larger than that of everything that is read before */
  positionOf(rid: Rid): number {
    this.#positions ??= this.#read();
    return this.#positions[this.#placeOf(rid)] ?? 0;
  }

  #walk(sql: string, rid: Rid): Rid[] {
    const rows = this.#db.prepare(sql).all<{ rid: Rid }>(rid);
    this.#walked += rows.length;
    return rows.map((row) => row.rid);
  }

  #read(): Int32Array {
    const count = this.#db.prepare('SELECT count(*) AS rows FROM blob').get<{ rows: number }>()?.rows ?? 0;
    this.#rids = new Float64Array(count);
    let place = 0;
    for (const { rid } of this.#db.prepare('SELECT rid FROM blob ORDER BY rid').iterate<{ rid: Rid }>())
      this.#rids[place++] = rid;
    const positions = new Int32Array(count);
    const deltas = new Map<Rid, Rid[]>();
    const isDelta = new Uint8Array(count);
    const pairs = this.#db.prepare('SELECT rid, srcid FROM delta ORDER BY rid');
    for (const { rid, srcid } of pairs.iterate<{ rid: Rid; srcid: Rid }>()) {
      isDelta[this.#placeOf(rid)] = 1;
      const siblings = deltas.get(srcid);
      if (siblings === undefined) deltas.set(srcid, [rid]);
      else siblings.push(rid);
    }
    let position = 0;
    for (const [index, rid] of this.#rids.entries()) {
      if (isDelta[index] === 1) continue;
      const stack = [rid as Rid];
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        positions[this.#placeOf(next)] = ++position;
        for (const below of inBagOrder(deltas.get(next) ?? []).reverse()) stack.push(below);
      }
    }
    return positions;
  }

  /** Index of a row id; beyond the end for one that is not there. */
  #placeOf(rid: Rid): number {
    let [low, high] = [0, this.#rids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#rids[middle] ?? rid) < rid) low = middle + 1;
      else high = middle;
    }
    return this.#rids[low] === rid ? low : this.#rids.length;
  }
}
