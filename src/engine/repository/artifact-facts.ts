import { fromJulianDay } from '../codec/julian-day';
import { EngineError } from '../errors';
import type { Hash, JulianDay, Rid } from '../identifiers';
import { type ArtifactDescription, describeArtifact } from './artifact-description';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import type { EventType } from './version-names';

/** An artifact and what refers to it. Times are Unix milliseconds. */
export interface ArtifactFacts {
  /** In this copy of the repository. */
  rid: Rid;
  hash: Hash;
  /** Bytes; absent when only the name is known. */
  size?: number;
  /** When it came here, and from which address. */
  received?: { time: number; address: string };
  /** Names of branches and tags. */
  tags: string[];
  /** Which of `hidden`, `private`, `cluster` and `closed` it carries. */
  rawTags: string[];
  /** Its line in the timeline. */
  event?: { type: EventType; user: string; time: number; comment: string };
  /** Check-ins that made it a file's content, newest first. */
  files: { path: string; checkin: Hash; user: string; time: number; comment: string }[];
  attachments: AttachmentFact[];
  /** Where nothing above tells anything. */
  description?: ArtifactDescription;
}

export interface AttachmentFact {
  path: string;
  /** Ticket, wiki page or technote that it is attached to. */
  target: string;
  targetKind?: 'ticket' | 'wiki';
  /** The artifact that attaches it. */
  control: Hash;
  controlRid: Rid;
  user: string;
  time: number;
  comment: string;
}

/** @throws EngineError `artifact-missing` when there is no such row */
export function artifactFacts(repository: Repository, rid: Rid): ArtifactFacts {
  const { db } = repository;
  const blob = db
    .prepare(
      'SELECT uuid AS hash, size, rcvfrom.mtime, ipaddr FROM blob LEFT JOIN rcvfrom ON rcvfrom.rcvid=blob.rcvid WHERE rid=?',
    )
    .get<{ hash: Hash; size: number; mtime: JulianDay | null; ipaddr: string | null }>(rid);
  if (blob === undefined)
    throw new EngineError('artifact-missing', 'The repository lacks an artifact that was asked for.');
  const event = eventOf(repository, rid);
  const files = filesOf(repository, rid);
  const attachments = attachmentsOf(repository, rid);
  const isKnown = event !== undefined || files.length > 0 || attachments.length > 0;
  const { hash, size, mtime, ipaddr } = blob;
  return {
    rid,
    hash,
    ...(size < 0 ? {} : { size }),
    ...(mtime === null ? {} : { received: { time: fromJulianDay(mtime), address: ipaddr ?? '' } }),
    tags: tagsOf(repository, rid, "tagtype<>0 AND tagname GLOB 'sym-*'").map((name) => name.slice('sym-'.length)),
    rawTags: tagsOf(
      repository,
      rid,
      `tag.tagid IN (${FIXED_TAGS.hidden},${FIXED_TAGS.private},${FIXED_TAGS.cluster},${FIXED_TAGS.closed})`,
    ),
    ...(event === undefined ? {} : { event }),
    files,
    attachments,
    ...(isKnown ? {} : { description: describeArtifact(repository, rid) }),
  };
}

function tagsOf(repository: Repository, rid: Rid, condition: string): string[] {
  return repository.db
    .prepare(`SELECT tagname FROM tag JOIN tagxref ON tagxref.tagid=tag.tagid WHERE rid=? AND ${condition} ORDER BY 1`)
    .all<{ tagname: string }>(rid)
    .map(({ tagname }) => tagname);
}

function eventOf(repository: Repository, rid: Rid): ArtifactFacts['event'] {
  const row = repository.db
    .prepare(
      `SELECT type, mtime, coalesce(euser,user,'') AS user, coalesce(ecomment,comment,'') AS comment FROM event WHERE objid=?`,
    )
    .get<{ type: EventType; mtime: JulianDay; user: string; comment: string }>(rid);
  return row && { type: row.type, user: row.user, time: fromJulianDay(row.mtime), comment: row.comment };
}

function filesOf(repository: Repository, rid: Rid): ArtifactFacts['files'] {
  return repository.db
    .prepare(
      `SELECT name AS path, uuid AS checkin, mtime, coalesce(euser,user,'') AS user, coalesce(ecomment,comment,'') AS comment
         FROM mlink JOIN filename ON filename.fnid=mlink.fnid JOIN event ON event.objid=mid JOIN blob ON blob.rid=mid
        WHERE fid=? ORDER BY mtime DESC`,
    )
    .all<{ path: string; checkin: Hash; mtime: JulianDay; user: string; comment: string }>(rid)
    .map(({ mtime, ...file }) => ({ ...file, time: fromJulianDay(mtime) }));
}

function attachmentsOf(repository: Repository, rid: Rid): AttachmentFact[] {
  return repository.db
    .prepare(
      `SELECT filename AS path, target, (SELECT uuid FROM blob WHERE rid=attachid) AS control, attachid AS controlRid,
              coalesce(user,'') AS user, mtime, coalesce(comment,'') AS comment,
              CASE WHEN EXISTS(SELECT 1 FROM tag WHERE tagname='tkt-'||target) THEN 'ticket'
                   WHEN EXISTS(SELECT 1 FROM tag WHERE tagname='wiki-'||target) THEN 'wiki' END AS targetKind
         FROM attachment WHERE src=(SELECT uuid FROM blob WHERE rid=?)`,
    )
    .all<Omit<AttachmentFact, 'time' | 'targetKind'> & { mtime: JulianDay; targetKind: 'ticket' | 'wiki' | null }>(rid)
    .map(({ mtime, targetKind, ...fact }) => ({
      ...fact,
      ...(targetKind === null ? {} : { targetKind }),
      time: fromJulianDay(mtime),
    }));
}
