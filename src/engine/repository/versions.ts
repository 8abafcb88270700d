import { EngineError } from '../errors';
import type { Hash, JulianDay, Rid } from '../identifiers';
import { hasChildOnBranch, ON_ONE_BRANCH } from './leaves';
import type { Repository } from './repository';
import { FIXED_TAGS } from './tag-ids';
import { findNamed } from './version-names';

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
 * The check-in that a name stands for (fossil.md 8.9): `tip`, dates, `tag:`, `root:`, `start:`, `merge-in:`, hash prefixes, branches, tags
 * and the other forms of {@link findNamed}; in a checkout also `current`, `prev`, `previous` and `next`.
 * @param options.current - the check-in of the checkout
 * @throws EngineError `unknown-version`, `ambiguous-version`
 */
export function resolveVersion(repository: Repository, name: string, options: { current?: Rid } = {}): Rid {
  const rid = findNamed(repository, name, { type: 'ci', ...options });
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

/** The end of a line of check-ins. */
export interface Leaf {
  rid: Rid;
  hash: Hash;
  branch: string;
  isClosed: boolean;
}

interface LeafRow extends Omit<Leaf, 'isClosed'> {
  isClosed: number;
}

const BRANCH = `coalesce((SELECT value FROM tagxref WHERE tagid=${FIXED_TAGS.branch} AND rid=event.objid AND tagtype>0),'trunk')`;
const IS_CLOSED = `EXISTS(SELECT 1 FROM tagxref WHERE tagid=${FIXED_TAGS.closed} AND rid=event.objid AND tagtype>0)`;
const LEAF_COLUMNS = `event.objid AS rid, uuid AS hash, ${BRANCH} AS branch, ${IS_CLOSED} AS isClosed`;

/** All leaves of the repository, newest first. */
export function allLeaves(repository: Repository): Leaf[] {
  return leavesIn(
    repository,
    `SELECT ${LEAF_COLUMNS} FROM leaf CROSS JOIN event ON event.objid=leaf.rid JOIN blob ON blob.rid=leaf.rid
      ORDER BY event.mtime DESC, leaf.rid DESC`,
  );
}

/** Open leaves of a branch, newest first. */
export function openLeaves(repository: Repository, branch: string): Rid[] {
  return allLeaves(repository)
    .filter((leaf) => !leaf.isClosed && leaf.branch === branch)
    .map((leaf) => leaf.rid);
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
  const open = leaves.filter((leaf) => !leaf.isClosed);
  const candidates = open.length > 0 ? open : leaves;
  const [first] = candidates;
  if (first !== undefined && candidates.length === 1) return first.rid;
  const branch = branchOf(repository, rid);
  return candidates.find((leaf) => leaf.branch === branch)?.rid ?? rid;
}

/** Leaves that a check-in leads to along primary links, and merges within a branch, newest first; itself when it is one. */
export function leavesBelow(repository: Repository, rid: Rid): Leaf[] {
  return leavesIn(
    repository,
    `WITH RECURSIVE below(rid) AS (
       SELECT ? UNION SELECT cid FROM plink JOIN below ON pid=below.rid WHERE isprim OR ${ON_ONE_BRANCH}
     ) SELECT ${LEAF_COLUMNS} FROM below JOIN event ON event.objid=below.rid AND event.type='ci' JOIN blob ON blob.rid=below.rid
        WHERE NOT EXISTS(SELECT 1 FROM plink WHERE pid=below.rid AND ${ON_ONE_BRANCH})
        ORDER BY event.mtime DESC, event.objid DESC`,
    rid,
  );
}

function leavesIn(repository: Repository, sql: string, ...parameters: Rid[]): Leaf[] {
  return repository.db
    .prepare(sql)
    .all<LeafRow>(...parameters)
    .map((row) => ({ ...row, isClosed: row.isClosed === 1 }));
}
