import type { JulianDay, Rid } from '../identifiers';
import type { SqlValue } from '../platform/sqlite';
import { FIXED_TAGS } from './tag-ids';
import type { EventType } from './version-names';

/** Which events are wanted: those that everything given here holds for. */
export interface TimelineFilter {
  types?: readonly EventType[];
  /** Not later. */
  until?: JulianDay;
  /** Not earlier. */
  since?: JulianDay;
  /** Check-ins of a branch, with the changes of their tags and the wiki pages about them, as Fossil counts them. */
  branch?: string;
  /** Check-ins that carry a tag, or a branch's name. */
  tag?: string;
  user?: string;
  /** Check-ins that change a file, or something in a directory: a name in the repository. */
  path?: string;
  /** Names that differ in the case of ASCII letters alone are the same. */
  isCaseIgnored?: boolean;
  lineage?: Lineage;
}

/** A check-in with all above or below it along primary and merge links. */
export interface Lineage {
  of: Rid;
  direction: 'ancestors' | 'descendants';
  /** Only so many, the nearest in time, itself included. */
  nearest?: number;
}

/** A piece of SQL with the values of its `?`. */
export interface SqlFragment {
  sql: string;
  parameters: SqlValue[];
}

/** Conditions on the columns of `event`, each to hold. */
export function timelineConditions(filter: TimelineFilter): SqlFragment[] {
  const { types, until, since, branch, tag, user, path, lineage } = filter;
  return [
    ...(types === undefined ? [] : [{ sql: `type IN (${types.map(() => '?').join()})`, parameters: [...types] }]),
    ...(until === undefined ? [] : [{ sql: 'mtime<=?', parameters: [until] }]),
    ...(since === undefined ? [] : [{ sql: 'mtime>=?', parameters: [since] }]),
    ...(branch === undefined ? [] : [ofBranch(branch)]),
    ...(tag === undefined ? [] : [{ sql: `objid IN (${WITH_TAG})`, parameters: [`sym-${tag}`] }]),
    ...(user === undefined ? [] : [{ sql: 'coalesce(euser,user)=?', parameters: [user] }]),
    ...(path === undefined ? [] : [ofPath(path, filter.isCaseIgnored ?? false)]),
    ...(lineage === undefined ? [] : [ofLineage(lineage)]),
  ];
}

const WITH_TAG = 'SELECT rid FROM tagxref JOIN tag USING(tagid) WHERE tagname=? AND tagtype>0';

/** Check-ins; what sets or cancels their tags; wiki pages of the branch and of its check-ins. Nothing that another branch claims. */
function ofBranch(branch: string): SqlFragment {
  return {
    sql: `objid IN (
      ${WITH_TAG}
      UNION SELECT srcid FROM tagxref WHERE origid IN (SELECT rid FROM tagxref JOIN tag USING(tagid) WHERE tagname=?)
      UNION SELECT objid FROM event WHERE comment LIKE '_branch/'||?
      UNION SELECT page.objid FROM event AS page JOIN blob ON blob.uuid=substr(page.comment,10) AND page.comment LIKE '_checkin/%'
             JOIN tagxref ON tagxref.rid=blob.rid AND tagxref.tagid=${FIXED_TAGS.branch} WHERE tagxref.value=?)
      AND coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND tagtype>0 AND rid=objid), ?)=?`,
    parameters: [`sym-${branch}`, `sym-${branch}`, branch, branch, branch, branch],
  };
}

/** The plus keeps SQLite from walking all changes of all files of a directory. */
function ofPath(path: string, isCaseIgnored: boolean): SqlFragment {
  const { sql, parameters } = namesOf(path, isCaseIgnored);
  return { sql: `EXISTS(SELECT 1 FROM mlink WHERE mid=objid AND +fnid IN (${sql}))`, parameters };
}

/** Selects the names of a file, or of what is in a directory. */
export function namesOf(path: string, isCaseIgnored: boolean): SqlFragment {
  const as = isCaseIgnored ? 'COLLATE NOCASE' : '';
  return {
    sql: `SELECT fnid FROM filename WHERE name=? ${as} OR (name>? ${as} AND name<? ${as})`,
    parameters: [path, `${path}/`, `${path}0`],
  };
}

function ofLineage({ of, direction, nearest }: Lineage): SqlFragment {
  return {
    sql: `objid IN (${direction === 'ancestors' ? ANCESTORS : DESCENDANTS})`,
    parameters: [of, nearest ?? -1],
  };
}

/** Cherry-picked check-ins count, their ancestors do not. */
const ANCESTORS = `
WITH RECURSIVE parent(pid, cid, isPicked) AS (
  SELECT pid, cid, 0 FROM plink UNION ALL SELECT parentid, childid, 1 FROM cherrypick WHERE NOT isExclude
), above(rid, mtime, isPicked) AS (
  SELECT objid, mtime, 0 FROM event WHERE objid=?
  UNION
  SELECT parent.pid, event.mtime, parent.isPicked FROM above JOIN parent ON parent.cid=above.rid JOIN event ON event.objid=parent.pid
   WHERE NOT above.isPicked ORDER BY 2 DESC LIMIT ?
) SELECT rid FROM above`;

const DESCENDANTS = `
WITH RECURSIVE below(rid, mtime) AS (
  SELECT ?, 0 UNION SELECT plink.cid, plink.mtime FROM below JOIN plink ON plink.pid=below.rid ORDER BY 2
) SELECT rid FROM below LIMIT ?`;
