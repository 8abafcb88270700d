import type { JulianDay, Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';

/** Two seconds, in days. */
const WINDOW = 2 / 86_400;
/** 25 milliseconds, in days. */
const STEP = 25 / 86_400_000;
const ROUNDS = 30;

interface CloseTimes {
  parentTime: number;
  child: Rid;
  childTime: number;
}

/**
 * Check-ins that were made within moments of their parents, or seemingly before them: their times on the timeline are moved apart by
 * milliseconds so that history reads in order (fossil.md 5.6).
 */
export class TimeFudge {
  readonly #pairs = new Map<Rid, CloseTimes>();

  /** Notes a parent and child; `parentTime` is asked only when needed and undefined when the parent is not here. */
  observe(pair: { rid: Rid; child: Rid; childTime: JulianDay; parentTime: () => JulianDay | undefined }): void {
    const parentTime = pair.parentTime();
    if (parentTime === undefined || pair.childTime >= parentTime + WINDOW) return;
    this.#pairs.set(pair.rid, { parentTime, child: pair.child, childTime: pair.childTime });
  }

  /** Writes the moved times into `event`, unless a tag has set another date. */
  apply(db: Database): void {
    for (let round = 0; round < ROUNDS && this.#moveParents(); round++) {
      for (const pair of this.#pairs.values()) pair.childTime = this.#pairs.get(pair.child)?.parentTime ?? Number.NaN;
    }
    const update = db.prepare('UPDATE event SET mtime=? WHERE objid=? AND (mtime=omtime OR omtime IS NULL)');
    for (const [rid, pair] of this.#pairs) update.run(pair.parentTime, rid);
  }

  /** @returns whether any parent stood at or behind its child */
  #moveParents(): boolean {
    let hasMoved = false;
    for (const pair of this.#pairs.values()) {
      if (pair.parentTime >= pair.childTime && pair.parentTime < pair.childTime + WINDOW) {
        pair.parentTime = pair.childTime - STEP;
        hasMoved = true;
      }
    }
    return hasMoved;
  }
}
