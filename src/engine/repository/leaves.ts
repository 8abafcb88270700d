import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { FIXED_TAGS } from './tag-ids';

/** SQL: whether the two ends of a row of `plink` are on one branch. */
export const ON_ONE_BRANCH = `coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=plink.pid),'trunk')
     = coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=plink.cid),'trunk')`;
const HAS_CHILD_ON_BRANCH = `SELECT 1 FROM plink WHERE pid=? AND ${ON_ONE_BRANCH}`;

/** The leaf rule: no child, primary or merge, on the same branch (fossil.md 5.6). */
export function hasChildOnBranch(db: Database, rid: Rid): boolean {
  return db.prepare(HAS_CHILD_ON_BRANCH).get(rid) !== undefined;
}

/** Makes the table of leaves anew, by Fossil's rule for that: every check-in counts, also where none was asked. In the caller's transaction. */
export function recomputeLeaves(db: Database): void {
  db.exec(
    `DELETE FROM leaf;
     INSERT OR IGNORE INTO leaf SELECT cid FROM plink EXCEPT SELECT pid FROM plink WHERE ${ON_ONE_BRANCH}`,
  );
}

/** Check-ins whose branch or children changed; settled just before a transaction commits. */
export class LeafQueue {
  readonly #db: Database;
  readonly #queued = new Set<Rid>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Queues a check-in and its parents. */
  add(rid: Rid): void {
    this.#queued.add(rid);
    const parents = this.#db.prepare('SELECT pid FROM plink WHERE cid=? AND pid>0').all<{ pid: Rid }>(rid);
    for (const { pid } of parents) this.#queued.add(pid);
  }

  /** Queues a check-in whose parents change, and them: those that are on a branch, as only they are ever asked. */
  addTagged(rid: Rid): void {
    const tagged = this.#db
      .prepare(
        `SELECT rid FROM tagxref WHERE tagid=${FIXED_TAGS.branch}
            AND rid IN (SELECT ?1 UNION SELECT pid FROM plink WHERE cid=?1)`,
      )
      .all<{ rid: Rid }>(rid);
    for (const row of tagged) this.#queued.add(row.rid);
  }

  /** Queues a check-in that got a child, when it counts as a leaf: it may be none any more. */
  reconsider(rid: Rid): void {
    if (this.#db.prepare('SELECT 1 FROM leaf WHERE rid=?').get(rid) !== undefined) this.#queued.add(rid);
  }

  /** Of all check-ins these have been asked, and no others. */
  decide(asked: Iterable<Rid>): void {
    this.#queued.clear();
    const all = JSON.stringify([...asked]);
    this.#db.exec('DELETE FROM leaf');
    this.#db
      .prepare(
        `INSERT OR IGNORE INTO leaf SELECT value FROM json_each(?)
          WHERE NOT EXISTS(SELECT 1 FROM plink WHERE pid=value AND ${ON_ONE_BRANCH})`,
      )
      .run(all);
  }

  settle(): void {
    for (const rid of this.#queued) {
      const sql = hasChildOnBranch(this.#db, rid)
        ? 'DELETE FROM leaf WHERE rid=?'
        : 'INSERT OR IGNORE INTO leaf VALUES(?)';
      this.#db.prepare(sql).run(rid);
    }
    this.#queued.clear();
  }

  clear(): void {
    this.#queued.clear();
  }
}
