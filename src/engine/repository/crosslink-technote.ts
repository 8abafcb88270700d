import type { Technote } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { JulianDay, Rid } from '../identifiers';
import type { PageFacts } from './page-facts';
import { linkToFormerVersions } from './page-versions';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import { setTag, tagId } from './tags';

/**
 * Derives what a technote says; its tags are set already (fossil.md 5.6, Technote). The timeline shows the newest version alone, at the
 * time that the note is about.
 */
export function linkTechnote(
  repository: Repository,
  rid: Rid,
  note: PageFacts<Technote>,
  options: { deltify: boolean },
): void {
  const { db, blobs } = repository;
  const mtime = toJulianDay(note.date);
  const former = linkToFormerVersions(repository, rid, note.parents, mtime);
  const name = `event-${note.eventId}`;
  setTag(repository, { name, type: 1, value: String(note.length), source: rid, mtime, target: rid });
  const tag = tagId(repository, name);
  const later = laterVersion(repository, rid, tag, mtime);
  if (former !== undefined) {
    if (options.deltify) blobs.deltify(former, [rid]);
    if (later === undefined) {
      db.prepare(
        `DELETE FROM event WHERE type='e' AND tagid=?1 AND objid IN (SELECT rid FROM tagxref WHERE tagid=?1)`,
      ).run(tag);
    }
  }
  if (later !== undefined) {
    if (options.deltify) blobs.deltify(rid, [later]);
    return;
  }
  db.prepare(
    `REPLACE INTO event(type,mtime,objid,tagid,user,comment,bgcolor)
     VALUES('e', ?1, ?2, ?3, ?4, ?5, (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.bgcolor} AND rid=?2))`,
  ).run(toJulianDay(note.eventDate), rid, tag, note.user ?? null, note.comment ?? null);
}

function laterVersion(repository: Repository, rid: Rid, tag: number, mtime: JulianDay): Rid | undefined {
  return repository.db
    .prepare('SELECT rid FROM tagxref WHERE tagid=? AND mtime>=? AND rid<>? ORDER BY mtime LIMIT 1')
    .get<{ rid: Rid }>(tag, mtime, rid)?.rid;
}
