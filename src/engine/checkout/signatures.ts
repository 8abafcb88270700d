import { hasCode, throwIfCancelled } from '../errors';
import type { Rid } from '../identifiers';
import type { FileStatus } from '../platform/file-system';
import type { Checkout } from './checkout';
import { unversionedFlag } from './checkout-settings';
import { eachConcurrently } from './each-concurrently';
import { changeCode, managedFiles, type ManagedFile } from './managed-files';
import { isFileOrLink, WorkingTree } from './working-file';

/** Files that are looked at at the same time. */
const concurrency = 16;
/** A file that changed this recently may change again without its time telling. */
const racyMilliseconds = 2000;

/** A file whose content was hashed and found unedited, long enough after its last change for its exact time to prove it. */
interface VerifiedFile {
  rid: Rid;
  mtimeMs: number;
  size: number;
}

/** What this process has already hashed, so that a second look at an unchanged file reads nothing. */
const verifiedByCheckout = new WeakMap<Checkout, Map<string, VerifiedFile>>();

/** A managed file beside what stands on disk. `file.change` is fresh. */
export interface ExaminedFile {
  file: ManagedFile;
  /** What stands there, links followed unless they are managed; undefined when nothing does. */
  disk: FileStatus | undefined;
  /** What the row says; differs from `file` when it is out of date. */
  recorded: { change: number; mtime: number };
  /** The recorded time proved nothing (see `databaseTime`), the content did: writing the row again settles it. */
  isSettled: boolean;
}

/**
 * Compares every managed file with the disk, as Fossil's signature check does (fossil.md 8.3), and brings the cached columns of
 * `vfile` up to date when that is allowed. A file that was written so recently that its time proves nothing is hashed.
 */
export async function examineFiles(
  checkout: Checkout,
  options: { signal?: AbortSignal; byContent?: boolean } = {},
): Promise<ExaminedFile[]> {
  const tree = new WorkingTree(checkout);
  const now = checkout.environment.clock.now();
  const context: ExaminationContext = {
    tree,
    now,
    trustsTimes: options.byContent !== true && unversionedFlag(checkout, 'mtime-changes', true),
    verified: options.byContent === true ? new Map<string, VerifiedFile>() : verifiedFiles(checkout),
    databaseTime: Math.floor(((await checkout.environment.fs.status(checkout.databasePath))?.mtimeMs ?? now) / 1000),
  };
  const examined = await eachConcurrently(managedFiles(checkout), concurrency, async (file) => {
    throwIfCancelled(options.signal);
    return examine(checkout, context, file);
  });
  recordSignatures(checkout, examined);
  return examined;
}

/** The time to record for a file: 0, which forces a look, while it could still change within the same second. */
export function recordableTime(mtimeMs: number, now: number): number {
  const seconds = Math.floor(mtimeMs / 1000);
  return seconds < Math.floor(now / 1000) ? seconds : 0;
}

interface ExaminationContext {
  tree: WorkingTree;
  /** Unix milliseconds. */
  now: number;
  trustsTimes: boolean;
  verified: Map<string, VerifiedFile>;
  /** Unix seconds of the last write to the checkout database: a time recorded in that very second proves nothing. */
  databaseTime: number;
}

async function examine(checkout: Checkout, context: ExaminationContext, file: ManagedFile): Promise<ExaminedFile> {
  const disk = await context.tree.status(file.path);
  const content = await compareContent(context, file, disk);
  const isUnchanged = content === changeCode.none;
  const change = checkout.environment.platform === 'win32' ? content : comparePermission(context, file, disk, content);
  const mtime = disk === undefined ? 0 : recordableTime(disk.mtimeMs, context.now);
  return {
    file: { ...file, change, mtime },
    disk,
    recorded: { change: file.change, mtime: file.mtime },
    isSettled: isUnchanged && mtime !== 0 && mtime >= context.databaseTime,
  };
}

async function compareContent(
  context: ExaminationContext,
  file: ManagedFile,
  disk: FileStatus | undefined,
): Promise<number> {
  const { none, edited, updatedByMerge, updatedByIntegrate } = changeCode;
  let change = file.change;
  if (change === none && (file.isDeleted || file.rid === 0)) change = edited;
  if (disk === undefined || !isFileOrLink(disk) || disk.size !== file.size) return edited;
  if (change === edited) {
    if (file.rid === 0 || file.isDeleted) return edited;
    return (await isUnedited(context, file, disk)) ? none : edited;
  }
  const mayBeEdited = change === none || change === updatedByMerge || change === updatedByIntegrate;
  if (!mayBeEdited || !needsHashing(context, file, disk)) return change;
  return (await isUnedited(context, file, disk)) ? change : edited;
}

function needsHashing(context: ExaminationContext, file: ManagedFile, disk: FileStatus): boolean {
  const verified = context.verified.get(file.path);
  if (verified?.rid === file.mergedRid && verified.mtimeMs === disk.mtimeMs && verified.size === disk.size)
    return false;
  return (
    !context.trustsTimes ||
    Math.floor(disk.mtimeMs / 1000) !== file.mtime ||
    file.mtime >= context.databaseTime ||
    disk.mtimeMs > context.now - racyMilliseconds
  );
}

async function isUnedited(
  { tree, verified, now }: ExaminationContext,
  file: ManagedFile,
  disk: FileStatus,
): Promise<boolean> {
  verified.delete(file.path);
  if (file.hash === undefined) return false;
  const isSame = await tree.holds(file.path, file.hash, file.size);
  if (isSame && disk.mtimeMs < now - racyMilliseconds) {
    verified.set(file.path, { rid: file.mergedRid, mtimeMs: disk.mtimeMs, size: disk.size });
  }
  return isSame;
}

function verifiedFiles(checkout: Checkout): Map<string, VerifiedFile> {
  const known = verifiedByCheckout.get(checkout) ?? new Map<string, VerifiedFile>();
  verifiedByCheckout.set(checkout, known);
  return known;
}

function comparePermission(
  { tree }: ExaminationContext,
  file: ManagedFile,
  disk: FileStatus | undefined,
  change: number,
): number {
  const permission = disk === undefined ? 'regular' : tree.permission(disk);
  if (file.permission !== 'symlink' && permission === 'symlink') return changeCode.symlink;
  if (change !== changeCode.none && change < changeCode.executable) return change;
  if (file.permission === permission) return changeCode.none;
  if (permission === 'executable') return changeCode.executable;
  return file.permission === 'executable' ? changeCode.unexecutable : changeCode.unlink;
}

/**
 * Writes back what has changed: only a cache, so a busy or read-only database is left as it is. One statement, not a transaction
 * of both files: the repository's write lock may be held by a long sync.
 */
function recordSignatures(checkout: Checkout, examined: readonly ExaminedFile[]): void {
  // The portable driver would save a whole file for a cache that the next look can do without.
  if (!checkout.isWritable || checkout.environment.sqlite.name === 'portable') return;
  const outdated = examined.filter(
    ({ file, recorded, isSettled }) => isSettled || file.change !== recorded.change || file.mtime !== recorded.mtime,
  );
  if (outdated.length === 0) return;
  const rows = outdated.map(({ file, recorded }) => [
    file.id,
    file.mergedRid,
    recorded.change,
    file.change,
    file.mtime,
  ]);
  try {
    checkout.repository.db
      .prepare(
        `WITH fresh(id, mrid, recorded, chnged, mtime) AS (
           SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?))
         UPDATE localdb.vfile SET chnged=fresh.chnged, mtime=fresh.mtime FROM fresh
          WHERE vfile.id=fresh.id AND vfile.mrid=fresh.mrid AND coalesce(vfile.chnged,0)=fresh.recorded`,
      )
      .run(JSON.stringify(rows));
  } catch (error) {
    if (!hasCode(error, 'repository-locked', 'repository-read-only', 'disk-full')) throw error;
  }
}
