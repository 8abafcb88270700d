import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { SqlValue } from '../platform/sqlite';
import type { FilePermission } from '../repository/checkin-files';
import type { Checkout } from './checkout';

/** Values of `vfile.chnged` (fossil.md 8.2). */
export const changeCode = {
  none: 0,
  edited: 1,
  updatedByMerge: 2,
  addedByMerge: 3,
  updatedByIntegrate: 4,
  addedByIntegrate: 5,
  executable: 6,
  symlink: 7,
  unexecutable: 8,
  unlink: 9,
} as const;

/** A row of `vfile`: one managed file. */
export interface ManagedFile {
  id: number;
  /** Relative, with `/`. */
  path: string;
  /** Its name in the checked-out version, when another. */
  formerPath?: string;
  /** One of `changeCode`, as last recorded. */
  change: number;
  /** To be deleted by the next commit. */
  isDeleted: boolean;
  permission: FilePermission;
  /** Content in the checked-out version; 0 for an added file. */
  rid: Rid;
  /** Content that the working file is based on; another than `rid` after a merge. */
  mergedRid: Rid;
  /** Hash of `mergedRid` where that differs from `rid`. */
  mergedHash?: Hash;
  /** Unix seconds of the working file when it was last known; 0 when it must be looked at. */
  mtime: number;
  /** Of `mergedRid`: its hash and size in bytes. */
  hash?: Hash;
  size: number;
}

interface Row {
  [column: string]: SqlValue;
  id: number;
  pathname: string;
  origname: string | null;
  chnged: number | null;
  deleted: number | null;
  isexe: number | null;
  islink: number | null;
  rid: number;
  mrid: number;
  mhash: string | null;
  mtime: number | null;
  uuid: string | null;
  size: number | null;
}

const columns = `vfile.id, pathname, origname, chnged, deleted, isexe, islink, vfile.rid, mrid, mhash, mtime, uuid, size`;

/** All managed files, sorted by the bytes of their paths. */
export function managedFiles(checkout: Checkout): ManagedFile[] {
  return checkout.repository.db
    .prepare(
      `SELECT ${columns} FROM localdb.vfile LEFT JOIN main.blob ON blob.rid=vfile.mrid WHERE vid=? ORDER BY pathname`,
    )
    .all<Row>(checkout.current)
    .map(toManagedFile);
}

/** The managed file of that path; undefined when there is none. */
export function managedFile(checkout: Checkout, path: string): ManagedFile | undefined {
  const row = checkout.repository.db
    .prepare(
      `SELECT ${columns} FROM localdb.vfile LEFT JOIN main.blob ON blob.rid=vfile.mrid WHERE vid=? AND pathname=?`,
    )
    .get<Row>(checkout.current, path);
  return row && toManagedFile(row);
}

/** @returns whether the merge brought the file, so that the checked-out version does not have it */
export function isAddedByMerge(file: ManagedFile): boolean {
  return file.change === changeCode.addedByMerge || file.change === changeCode.addedByIntegrate;
}

/**
 * Another program may have worked on the checkout while files were read.
 * @param current - the check-in that was checked out then
 * @throws EngineError `repository-changed`
 */
export function requireSameRows(checkout: Checkout, current: Rid, before: readonly ManagedFile[]): void {
  const known = new Map(before.map((row) => [row.id, row]));
  const now = checkout.current === current ? managedFiles(checkout) : undefined;
  if (now?.length === before.length && now.every((row) => isSameRow(known.get(row.id), row))) return;
  throw new EngineError(
    'repository-changed',
    'Another program changed this checkout meanwhile. Nothing was recorded; look at the changes and try again.',
  );
}

/** The columns `chnged` and `mtime` are only a cache. */
function isSameRow(a: ManagedFile | undefined, b: ManagedFile): boolean {
  return (
    a?.path === b.path &&
    a.formerPath === b.formerPath &&
    a.isDeleted === b.isDeleted &&
    a.rid === b.rid &&
    a.mergedRid === b.mergedRid
  );
}

function toManagedFile(row: Row): ManagedFile {
  return {
    id: row.id,
    path: row.pathname,
    ...(row.origname !== null && row.origname !== row.pathname ? { formerPath: row.origname } : {}),
    change: row.chnged ?? 0,
    isDeleted: Boolean(row.deleted),
    permission: row.isexe ? 'executable' : row.islink ? 'symlink' : 'regular',
    rid: row.rid as Rid,
    mergedRid: row.mrid as Rid,
    ...(row.mhash === null ? {} : { mergedHash: row.mhash as Hash }),
    mtime: row.mtime ?? 0,
    ...(row.uuid === null ? {} : { hash: row.uuid as Hash }),
    size: row.size ?? 0,
  };
}
