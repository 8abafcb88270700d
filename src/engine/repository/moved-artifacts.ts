import type { Rid } from '../identifiers';
import type { Repository } from './repository';

/** Row ids, both included. */
export interface RidRange {
  first: Rid;
  last: Rid;
}

/**
 * What has become a delta of a new artifact is read after that from now on, with all that stands on it: it moves from its own place to that
 * of the full text above, and passes what lies between, to either side.
 * @returns what is passed; undefined when nothing moves
 */
export function passedByMoved({ db }: Repository, linked: ReadonlySet<Rid>): RidRange | undefined {
  const places = db
    .prepare(
      `WITH RECURSIVE new(rid) AS MATERIALIZED (SELECT value FROM json_each(?)),
        moved(rid, srcid) AS MATERIALIZED (
          SELECT rid, srcid FROM delta WHERE srcid IN (SELECT rid FROM new) AND rid NOT IN (SELECT rid FROM new)),
        above(rid) AS (SELECT srcid FROM moved UNION SELECT srcid FROM above JOIN delta USING(rid))
       SELECT min(rid) AS first, max(rid) AS last FROM (
         SELECT rid FROM moved UNION ALL SELECT rid FROM above WHERE rid NOT IN (SELECT rid FROM delta))`,
    )
    .get<{ first: Rid | null; last: Rid | null }>(JSON.stringify([...linked]));
  const { first = null, last = null } = places ?? {};
  return first === null || last === null ? undefined : { first, last };
}
