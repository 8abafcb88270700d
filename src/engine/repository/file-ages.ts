import { fromJulianDay } from '../codec/julian-day';
import type { JulianDay, Rid } from '../identifiers';
import type { Repository } from './repository';
import { ancestors } from './versions';

/** Julian day of 1970-01-01. */
const UNIX_EPOCH = 2440587.5;
/** Seconds. */
const DAY = 86_400;

/**
 * Tells since when contents of files are in a check-in. `first`: when anything above it had the content for the first time, as `fossil ls -r`
 * counts; `last`: when the line of primary parents took it last, as `fossil ls --age` counts.
 */
export class FileAges {
  readonly #repository: Repository;
  readonly #which: 'first' | 'last';
  readonly #ancestors: Set<Rid>;

  constructor(repository: Repository, checkin: Rid, which: 'first' | 'last') {
    this.#repository = repository;
    this.#which = which;
    this.#ancestors = which === 'first' ? ancestors(repository, checkin) : primaryLine(repository, checkin);
  }

  /** @returns Unix milliseconds of that check-in, of the last one in whole seconds as Fossil cuts them off; undefined when none tells */
  timeOf(content: Rid): number | undefined {
    const rows = this.#repository.db
      .prepare(
        this.#which === 'first'
          ? `SELECT mid, event.mtime FROM mlink JOIN event ON event.objid=mid WHERE fid=? AND fid<>pid ORDER BY event.mtime, mid`
          : `SELECT mid, event.mtime FROM mlink JOIN event ON event.objid=mid WHERE fid=? ORDER BY event.mtime DESC, mid DESC`,
      )
      .all<{ mid: Rid; mtime: JulianDay }>(content);
    const chosen = rows.find(({ mid }) => this.#ancestors.has(mid));
    if (chosen === undefined) return undefined;
    return this.#which === 'first' ? fromJulianDay(chosen.mtime) : 1000 * Math.trunc((chosen.mtime - UNIX_EPOCH) * DAY);
  }
}

function primaryLine(repository: Repository, checkin: Rid): Set<Rid> {
  const rows = repository.db
    .prepare(
      `WITH RECURSIVE line(rid) AS (SELECT ? UNION SELECT pid FROM plink JOIN line ON cid=line.rid WHERE isprim)
       SELECT rid FROM line`,
    )
    .all<{ rid: Rid }>(checkin);
  return new Set(rows.map(({ rid }) => rid));
}
