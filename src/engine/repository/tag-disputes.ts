import type { JulianDay, Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';

/** A tag that an artifact sets on another. */
export interface DisputedEdit {
  id: number;
  target: Rid;
  mtime: JulianDay;
}

/**
 * Tags whose outcome hangs on what is read first, as far as that shows while artifacts are linked one by one: an edit that comes after what
 * is later than it, or that stands below a later one. Settled by {@link settleTags}.
 */
export class TagDisputes {
  #rids = new Map<number, Set<Rid>>();
  #edits: DisputedEdit[] = [];
  /** Whether something was linked between what stood above and what stood below it. */
  hasLateLinks = false;

  /** @param id - of the tag */
  add(id: number, rid: Rid): void {
    const known = this.#rids.get(id);
    if (known === undefined) this.#rids.set(id, new Set([rid]));
    else known.add(rid);
  }

  /** Hears of a tag that an artifact sets on another. It is disputed when its target would inherit one that is as late. */
  note(db: Database, edit: DisputedEdit): void {
    this.#edits.push(edit);
    const { id, target, mtime } = edit;
    const isBelowLater = db
      .prepare(
        `SELECT 1 FROM tagxref WHERE tagid=?1 AND mtime>=?3
            AND (rid=?2 AND srcid=0 OR rid IN (SELECT pid FROM plink WHERE cid=?2 AND isprim))`,
      )
      .get(id, target, mtime);
    if (isBelowLater !== undefined) this.add(id, target);
  }

  get edits(): readonly DisputedEdit[] {
    return this.#edits;
  }

  /** @returns what is disputed, by tag */
  get all(): ReadonlyMap<number, ReadonlySet<Rid>> {
    return this.#rids;
  }

  clear(): void {
    this.#rids = new Map();
    this.#edits = [];
    this.hasLateLinks = false;
  }
}
