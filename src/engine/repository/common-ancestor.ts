import type { JulianDay, Rid } from '../identifiers';
import { CheckinLinks } from './checkin-links';
import type { Repository } from './repository';

/** A check-in still to be looked at. */
interface Candidate {
  rid: Rid;
  mtime: JulianDay;
}

/** From which side a check-in has been reached: the primary, the others, or both. */
interface Reached {
  byPrimary: boolean;
  byOthers: boolean;
}

/**
 * The check-in that a merge of the others into the primary would start from: the most recent one that both sides have above them,
 * over all parents (fossil.md 8.7). A side counts as above itself.
 * @param options.ignoresMerges - follow primary parents alone, as names of files do
 * @returns undefined when they have nothing in common
 */
export function commonAncestor(
  repository: Repository,
  primary: Rid,
  others: readonly Rid[],
  options: { ignoresMerges?: boolean } = {},
): Rid | undefined {
  const links = new CheckinLinks(repository, { primaryOnly: options.ignoresMerges === true });
  const moment = repository.db.prepare('SELECT mtime FROM event WHERE objid=?');
  const reached = new Map<Rid, Reached>();
  const queue: Candidate[] = [];
  const reach = (candidate: Candidate, side: Reached): void => {
    const known = reached.get(candidate.rid) ?? { byPrimary: false, byOthers: false };
    const isNew = (side.byPrimary && !known.byPrimary) || (side.byOthers && !known.byOthers);
    if (!isNew) return;
    reached.set(candidate.rid, {
      byPrimary: known.byPrimary || side.byPrimary,
      byOthers: known.byOthers || side.byOthers,
    });
    insertByAge(queue, candidate);
  };
  const start = (rid: Rid, side: Reached): void => {
    const mtime = repository.db
      .prepare("SELECT mtime FROM event WHERE objid=? AND type='ci'")
      .get<{ mtime: JulianDay }>(rid)?.mtime;
    if (mtime !== undefined) reach({ rid, mtime }, side);
  };
  start(primary, { byPrimary: true, byOthers: false });
  for (const other of others) start(other, { byPrimary: false, byOthers: true });
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const side = reached.get(next.rid);
    if (side === undefined) continue;
    if (side.byPrimary && side.byOthers) return next.rid;
    const isMet = links
      .children(next.rid)
      .map((rid) => reached.get(rid))
      .some(
        (child) => child !== undefined && ((side.byPrimary && child.byOthers) || (side.byOthers && child.byPrimary)),
      );
    if (isMet) return next.rid;
    for (const rid of links.parents(next.rid)) {
      reach({ rid, mtime: moment.get<{ mtime: JulianDay }>(rid)?.mtime ?? (0 as JulianDay) }, side);
    }
  }
  return undefined;
}

/** Keeps the queue sorted, the youngest at its end; of one moment, the one with the greater row id. */
function insertByAge(queue: Candidate[], candidate: Candidate): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    const isOlder =
      other !== undefined &&
      (other.mtime < candidate.mtime || (other.mtime === candidate.mtime && other.rid < candidate.rid));
    if (isOlder) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, candidate);
}
