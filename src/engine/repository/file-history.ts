import { fromJulianDay } from '../codec/julian-day';
import type { Hash, JulianDay, Rid } from '../identifiers';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

/** What one check-in did to a file. */
export interface FileRevision {
  checkin: Hash;
  /** Unix milliseconds. */
  time: number;
  user: string;
  comment: string;
  branch: string;
  change: 'added' | 'edited' | 'renamed' | 'deleted';
  /** Its name then. */
  path: string;
  formerPath?: string;
  /** Content; absent when deleted. */
  hash?: Hash;
}

export interface FileHistoryOptions {
  /** Default true. Otherwise what happened to it under this one name, without its removals, as `fossil finfo` tells it. */
  followsRenames?: boolean;
  limit?: number;
  /** Revisions to leave out at the start. */
  skip?: number;
}

interface Row {
  checkin: Hash;
  mtime: JulianDay;
  user: string | null;
  comment: string | null;
  branch: string | null;
  path: string;
  formerPath: string | null;
  hash: Hash | null;
  pid: Rid;
}

/** Everything that happened to the file of a name, on all branches and through renames, newest first. Empty when there never was one. */
export function fileHistory(repository: Repository, path: string, options: FileHistoryOptions = {}): FileRevision[] {
  return repository.db
    .prepare(
      `${options.followsRenames === false ? UNDER_ONE_NAME : THROUGH_RENAMES}
       SELECT checkin.uuid AS checkin, event.mtime, coalesce(euser,user) AS user, coalesce(ecomment,comment) AS comment,
              (SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND tagtype>0 AND rid=change.mid) AS branch,
              name AS path, (SELECT name FROM filename WHERE fnid=change.pfnid) AS formerPath, content.uuid AS hash, change.pid
         FROM change JOIN event ON event.objid=change.mid JOIN blob AS checkin ON checkin.rid=change.mid
              JOIN filename ON filename.fnid=change.fnid LEFT JOIN blob AS content ON content.rid=change.fid
        ORDER BY event.mtime DESC, change.mid DESC, name LIMIT ? OFFSET ?`,
    )
    .all<Row>(path, options.limit ?? -1, options.skip ?? 0)
    .map(toRevision);
}

/** Of several parents the primary one tells what changed: `min()` takes its row. */
const CHANGES = `SELECT mid, fid, pid, fnid, pfnid, min(isaux) FROM `;

const UNDER_ONE_NAME = `
WITH change AS (
  ${CHANGES} mlink WHERE fnid=(SELECT fnid FROM filename WHERE name=?) AND fid>0 GROUP BY mid, fid
)`;

/** `line` has each content under each name that an unbroken line of check-ins leads to, down from the file and up from it. */
const THROUGH_RENAMES = `
WITH RECURSIVE line(fid, fnid) AS (
  SELECT fid, fnid FROM mlink WHERE fnid=(SELECT fnid FROM filename WHERE name=?) AND fid>0
  UNION
  SELECT mlink.fid, mlink.fnid FROM line JOIN mlink ON mlink.pid=line.fid
   WHERE mlink.fid>0 AND line.fnid=CASE WHEN mlink.pfnid>0 THEN mlink.pfnid ELSE mlink.fnid END
  UNION
  SELECT mlink.pid, CASE WHEN mlink.pfnid>0 THEN mlink.pfnid ELSE mlink.fnid END
    FROM line JOIN mlink ON mlink.fid=line.fid AND mlink.fnid=line.fnid WHERE mlink.pid>0
), change AS (
  ${CHANGES} (
    SELECT mlink.* FROM line JOIN mlink ON mlink.fid=line.fid AND mlink.fnid=line.fnid
    UNION ALL
    SELECT mlink.* FROM line JOIN mlink ON mlink.pid=line.fid AND mlink.fnid=line.fnid AND mlink.fid=0
     WHERE NOT EXISTS(SELECT 1 FROM mlink AS renamed WHERE renamed.mid=mlink.mid AND renamed.pfnid=mlink.fnid)
  ) GROUP BY mid, fid, fnid
)`;

function toRevision(row: Row): FileRevision {
  const { checkin, path, hash, formerPath } = row;
  return {
    checkin,
    time: fromJulianDay(row.mtime),
    user: row.user ?? '',
    comment: row.comment ?? '',
    branch: row.branch ?? 'trunk',
    change: hash === null ? 'deleted' : formerPath !== null ? 'renamed' : row.pid <= 0 ? 'added' : 'edited',
    path,
    ...(formerPath === null ? {} : { formerPath }),
    ...(hash === null ? {} : { hash }),
  };
}
