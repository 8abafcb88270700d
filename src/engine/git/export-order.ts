import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** All check-ins, parents before children, else by time: the order of `fossil export`. */
export function checkinsInOrder({ db }: Repository): Rid[] {
  const places = new Map<Rid, number>();
  const rows = db
    .prepare("SELECT objid AS rid, CAST(mtime*8640000 AS INT) AS place FROM event WHERE type='ci' ORDER BY objid")
    .all<{ rid: Rid; place: number }>();
  for (const { rid, place } of rows) places.set(rid, place);
  const children = new Map<Rid, Rid[]>();
  for (const { pid, cid } of db.prepare('SELECT pid, cid FROM plink').all<{ pid: Rid; cid: Rid }>()) {
    const known = children.get(pid);
    if (known === undefined) children.set(pid, [cid]);
    else known.push(cid);
  }
  // A child that claims to be no younger than its parent moves right behind it, and may push its own children.
  const toCheck = rows.map(({ rid }) => rid);
  for (let parent = toCheck.pop(); parent !== undefined; parent = toCheck.pop()) {
    const parentPlace = places.get(parent);
    if (parentPlace === undefined) continue;
    for (const child of children.get(parent) ?? []) {
      const place = places.get(child);
      if (place === undefined || place > parentPlace) continue;
      places.set(child, parentPlace + 1);
      toCheck.push(child);
    }
  }
  const placeOf = (rid: Rid): number => places.get(rid) ?? 0;
  return rows.map(({ rid }) => rid).sort((a, b) => placeOf(a) - placeOf(b) || a - b);
}

/**
 * The contents of files that check-ins brought, each followed by one that is stored as its delta: the order of `fossil export`, in which
 * every content is at hand when the next one needs it.
 */
export function* contentsInOrder({ db }: Repository, isOld: (rid: Rid) => boolean): IterableIterator<Rid> {
  const contents = db
    .prepare('SELECT DISTINCT fid AS rid, srcid FROM mlink LEFT JOIN delta ON delta.rid=fid WHERE fid>0 ORDER BY fid')
    .all<{ rid: Rid; srcid: Rid | null }>()
    .filter(({ rid }) => !isOld(rid));
  const firstDelta = new Map<Rid, Rid>();
  for (const { rid, srcid } of contents) if (srcid !== null && !firstDelta.has(srcid)) firstDelta.set(srcid, rid);
  const done = new Set<Rid>();
  for (const { rid } of contents) {
    for (let next: Rid | undefined = rid; next !== undefined && !done.has(next); next = firstDelta.get(next)) {
      done.add(next);
      yield next;
    }
  }
}
