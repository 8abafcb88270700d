import { fromJulianDay, parseStamp, toJulianDay } from '../codec/julian-day';
import { EngineError } from '../errors';
import type { Hash, JulianDay, Rid } from '../identifiers';
import { hasChildOnBranch } from './leaves';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';

export interface CheckinSummary {
  rid: Rid;
  hash: Hash;
  /** After edits by tags. */
  comment: string;
  user: string;
  mtime: JulianDay;
  branch: string;
}

/**
 * Resolves a version name (fossil.md 8.9): `tip`, `tag:`, `date:`, ISO dates, hash prefixes, branch and tag names.
 * @throws EngineError `unknown-version`, `ambiguous-version`
 */
export function resolveVersion(repository: Repository, name: string): Rid {
  const rid =
    name === 'tip'
      ? newestCheckin(repository)
      : name.startsWith('tag:')
        ? newestTagged(repository, name.slice('tag:'.length))
        : name.startsWith('date:')
          ? newestBefore(repository, name.slice('date:'.length))
          : (newestBefore(repository, name) ?? byHashPrefix(repository, name) ?? newestTagged(repository, name));
  if (rid !== undefined) return rid;
  throw new EngineError('unknown-version', `There is no version called "${name}" in this repository.`);
}

export function checkinSummary(repository: Repository, rid: Rid): CheckinSummary {
  const row = repository.db
    .prepare(
      `SELECT uuid AS hash, coalesce(ecomment,comment,'') AS comment, coalesce(euser,user,'') AS user, mtime
         FROM event JOIN blob ON blob.rid=event.objid WHERE objid=? AND type='ci'`,
    )
    .get<{ hash: Hash; comment: string; user: string; mtime: JulianDay }>(rid);
  if (row === undefined)
    throw new EngineError('unknown-version', 'The repository lacks a check-in that was asked for.');
  return { rid, ...row, branch: branchOf(repository, rid) };
}

export function branchOf(repository: Repository, rid: Rid): string {
  const row = repository.db
    .prepare(`SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=? AND tagtype>0`)
    .get<{ value: string | null }>(rid);
  return row?.value ?? 'trunk';
}

export function isLeaf(repository: Repository, rid: Rid): boolean {
  return !hasChildOnBranch(repository.db, rid);
}

export function isClosed(repository: Repository, rid: Rid): boolean {
  return (
    repository.db.prepare(`SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.closed} AND rid=? AND tagtype>0`).get(rid) !==
    undefined
  );
}

/** Open leaves of a branch, newest first. */
export function openLeaves(repository: Repository, branch: string): Rid[] {
  return repository.db
    .prepare(
      `SELECT leaf.rid FROM leaf JOIN event ON event.objid=leaf.rid
        WHERE coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=leaf.rid AND tagtype>0),'trunk')=?
          AND NOT EXISTS(SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.closed} AND rid=leaf.rid AND tagtype>0)
        ORDER BY event.mtime DESC, leaf.rid DESC`,
    )
    .all<{ rid: Rid }>(branch)
    .map((row) => row.rid);
}

/** Check-ins below `rid` along primary and merge links, without itself. */
export function descendants(repository: Repository, rid: Rid): Rid[] {
  return repository.db
    .prepare(
      `WITH RECURSIVE below(rid) AS (
         SELECT cid FROM plink JOIN event ON event.objid=cid AND event.type='ci' WHERE pid=?
         UNION SELECT cid FROM plink JOIN below ON pid=below.rid JOIN event ON event.objid=cid AND event.type='ci'
       ) SELECT rid FROM below`,
    )
    .all<{ rid: Rid }>(rid)
    .map((row) => row.rid);
}

/** Check-ins above `rid` along primary and merge links, with itself. */
export function ancestors(repository: Repository, rid: Rid): Set<Rid> {
  const rows = repository.db
    .prepare(
      'WITH RECURSIVE above(rid) AS (SELECT ? UNION SELECT pid FROM plink JOIN above ON cid=above.rid) SELECT rid FROM above',
    )
    .all<{ rid: Rid }>(rid);
  return new Set(rows.map((row) => row.rid));
}

/**
 * Where `fossil update` without a version goes from `rid`: to the leaf that it leads to, itself included. Open leaves come before closed
 * ones; of several it takes the newest on its own branch, and stays where that branch has none.
 */
export function updateTarget(repository: Repository, rid: Rid): Rid {
  const leaves = leavesBelow(repository, rid);
  const open = leaves.filter((leaf) => !isClosed(repository, leaf));
  const candidates = open.length > 0 ? open : leaves;
  if (candidates.length === 1) return candidates[0] ?? rid;
  const branch = branchOf(repository, rid);
  return candidates.find((leaf) => branchOf(repository, leaf) === branch) ?? rid;
}

/** Leaves along primary links, and merges within a branch, newest first. */
function leavesBelow(repository: Repository, rid: Rid): Rid[] {
  const branch = (column: string): string =>
    `coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=${column}),'trunk')`;
  return repository.db
    .prepare(
      `WITH RECURSIVE below(rid) AS (
         SELECT ? UNION SELECT cid FROM plink JOIN below ON pid=below.rid
                         WHERE isprim OR ${branch('plink.pid')}=${branch('plink.cid')}
       ) SELECT rid FROM below JOIN event ON event.objid=rid AND event.type='ci' ORDER BY event.mtime DESC, rid DESC`,
    )
    .all<{ rid: Rid }>(rid)
    .map((row) => row.rid)
    .filter((candidate) => isLeaf(repository, candidate));
}

function newestCheckin(repository: Repository): Rid | undefined {
  return repository.db
    .prepare("SELECT objid AS rid FROM event WHERE type='ci' ORDER BY mtime DESC, objid DESC LIMIT 1")
    .get<{ rid: Rid }>()?.rid;
}

function newestTagged(repository: Repository, tag: string): Rid | undefined {
  return repository.db
    .prepare(
      `SELECT objid AS rid FROM tag JOIN tagxref USING(tagid) JOIN event ON event.objid=tagxref.rid
        WHERE tagname='sym-'||? AND tagtype>0 AND event.type='ci' ORDER BY event.mtime DESC, objid DESC LIMIT 1`,
    )
    .get<{ rid: Rid }>(tag)?.rid;
}

/** @returns undefined when the name is no date */
function newestBefore(repository: Repository, name: string): Rid | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?)?Z?$/.exec(name);
  if (match === null) return undefined;
  const [, day = '', minutes = '23:59', seconds = ':59.999'] = match;
  const time = parseStamp(`${day}T${minutes}${seconds}`);
  if (time === undefined) return undefined;
  return repository.db
    .prepare("SELECT objid AS rid FROM event WHERE type='ci' AND mtime<=? ORDER BY mtime DESC, objid DESC LIMIT 1")
    .get<{ rid: Rid }>(toJulianDay(time))?.rid;
}

function byHashPrefix(repository: Repository, name: string): Rid | undefined {
  const prefix = name.toLowerCase();
  if (!/^[0-9a-f]{4,64}$/.test(prefix)) return undefined;
  const rows = repository.db
    .prepare('SELECT rid FROM blob JOIN event ON event.objid=rid WHERE uuid>=?1 AND uuid<?1||?2 LIMIT 2')
    .all<{ rid: Rid }>(prefix, 'g');
  if (rows.length > 1) {
    throw new EngineError('ambiguous-version', `"${name}" is the beginning of several versions. Give more digits.`);
  }
  return rows[0]?.rid;
}

/** @returns Unix milliseconds of a check-in's time */
export function checkinTime(summary: CheckinSummary): number {
  return fromJulianDay(summary.mtime);
}
