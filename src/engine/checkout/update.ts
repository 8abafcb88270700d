import { EngineError, throwIfCancelled } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { FileStatus } from '../platform/file-system';
import type { ProgressListener } from '../progress';
import type { Checkout } from './checkout';
import { eachConcurrently } from './each-concurrently';
import { emptyDirectories, makeEmptyDirectories } from './empty-directories';
import { FileProgress } from './file-progress';
import { requireSameRows, type ManagedFile } from './managed-files';
import { writeManifestFiles } from './manifest-files';
import { examineFiles, recordableTime } from './signatures';
import { resetUndo } from './undo-state';
import { planUpdate, targetFiles, type NewRow, type UpdatePlan, type UpdateStep } from './update-plan';
import { WorkingTree } from './working-file';

/** Names that an error message lists before it only counts. */
const namedConflicts = 10;

export interface UpdateOptions {
  signal?: AbortSignal;
  onProgress?: ProgressListener;
}

export interface UpdateResult {
  /** Undefined when nothing was checked out before. */
  from: Hash | undefined;
  to: Hash;
  written: string[];
  removed: string[];
  /** Locally changed files that the new version leaves alone. */
  kept: string[];
  /** Unmanaged files that stood in the way: where each is now, relative. */
  movedAside: { path: string; to: string }[];
}

/**
 * Brings the checkout to another check-in; local changes that do not meet changes of the update stay. All is decided before the
 * first file is written, and the checkout's record changes last: after a kill or a full disk the same update finishes the work,
 * and until then the files it wrote show as edited. An unmanaged file in the way is kept as `NAME-original`, as Fossil does.
 * @throws EngineError `would-merge` naming the files where local edits would need a merge; nothing is changed then
 * @throws EngineError `file-changed-meanwhile`, `disk-full`, `file-access`, `cancelled`: what is checked out is still recorded
 * as before; run the update again
 * @param applied - filled with what has been done on disk, also when the update fails
 */
export async function updateCheckout(
  checkout: Checkout,
  target: Rid,
  options: UpdateOptions = {},
  applied: AppliedSteps = { written: [], removed: [], movedAside: [] },
): Promise<UpdateResult> {
  const from = checkout.current;
  const examined = await examineFiles(checkout, options);
  const plan = await planUpdate(checkout, examined, targetFiles(checkout, target));
  requireNoConflicts(plan);
  await applySteps(checkout, plan.steps, options, applied);
  await recordUpdate(
    checkout,
    from,
    target,
    examined.map(({ file }) => file),
    plan.rows,
  );
  await makeEmptyDirectories(checkout);
  await writeManifestFiles(checkout);
  const { blobs } = checkout.repository;
  return {
    from: from === 0 ? undefined : blobs.hash(from),
    to: blobs.hash(target),
    ...applied,
    kept: plan.kept,
  };
}

function requireNoConflicts({ conflicts }: UpdatePlan): void {
  if (conflicts.length === 0) return;
  const names = conflicts.slice(0, namedConflicts).map((path) => `"${path}"`);
  const more = conflicts.length > namedConflicts ? ` and ${conflicts.length - namedConflicts} more` : '';
  throw new EngineError(
    'would-merge',
    `The update would touch what you changed here: ${names.join(', ')}${more}. Commit, revert or move these files away, then update again.`,
  );
}

/** What has been done on disk so far. */
export type AppliedSteps = Pick<UpdateResult, 'written' | 'removed' | 'movedAside'>;

/** Removals first: a file may give way to a directory of its name. */
async function applySteps(
  checkout: Checkout,
  steps: readonly UpdateStep[],
  { signal, onProgress }: UpdateOptions,
  applied: AppliedSteps,
): Promise<void> {
  const tree = new WorkingTree(checkout);
  const keptDirectories = new Set(await emptyDirectories(checkout));
  const bytes = steps.reduce((sum, step) => sum + (step.kind === 'write' ? step.file.size : 0), 0);
  const progress = new FileProgress(onProgress, 'write-files', { files: steps.length, bytes });
  const ordered = [
    ...steps.filter(({ kind }) => kind === 'remove').reverse(),
    ...steps.filter(({ kind }) => kind !== 'remove'),
  ];
  for (const step of ordered) {
    throwIfCancelled(signal);
    await requireAsFound(checkout, tree, step);
    await applyStep(checkout, tree, step, applied, keptDirectories);
    progress.advance(step.kind === 'write' ? step.file.size : 0);
    await checkout.environment.clock.yield();
  }
}

async function applyStep(
  checkout: Checkout,
  tree: WorkingTree,
  step: UpdateStep,
  applied: AppliedSteps,
  keptDirectories: ReadonlySet<string>,
): Promise<void> {
  switch (step.kind) {
    case 'remove':
      await tree.remove(step.path, keptDirectories);
      applied.removed.push(step.path);
      break;
    case 'permission':
      await tree.setExecutable(step.file.path, step.file.permission === 'executable');
      applied.written.push(step.file.path);
      break;
    case 'write': {
      const { path, rid, permission } = step.file;
      if (step.movesAside) applied.movedAside.push({ path, to: await tree.moveAside(path) });
      await tree.write(path, checkout.repository.blobs.content(rid), permission);
      applied.written.push(path);
      break;
    }
    default:
      step satisfies never;
  }
}

/** The user may have worked on the file since the decision. @throws EngineError `file-changed-meanwhile` */
async function requireAsFound(checkout: Checkout, tree: WorkingTree, step: UpdateStep): Promise<void> {
  const path = step.kind === 'remove' ? step.path : step.file.path;
  // A directory in the place of a file has been emptied by this very update.
  if (step.found?.kind === 'directory') {
    await checkout.environment.fs.removeEmptyDirectory(checkout.absolute(path));
    return;
  }
  if (isSameFile(step.found, await tree.status(path))) return;
  throw new EngineError(
    'file-changed-meanwhile',
    `"${path}" changed during the update. The update stopped before touching it; run it again.`,
  );
}

function isSameFile(a: FileStatus | undefined, b: FileStatus | undefined): boolean {
  return a?.kind === b?.kind && a?.size === b?.size && a?.mtimeMs === b?.mtimeMs;
}

async function recordUpdate(
  checkout: Checkout,
  from: Rid,
  target: Rid,
  before: readonly ManagedFile[],
  rows: readonly NewRow[],
): Promise<void> {
  const times = await timesOnDisk(checkout, rows);
  const { db } = checkout.repository;
  checkout.repository.transaction(() => {
    requireSameRows(checkout, from, before);
    db.exec('DELETE FROM localdb.vfile; DELETE FROM localdb.vmerge WHERE id>0;');
    const insert = db.prepare(
      `INSERT INTO localdb.vfile(vid,chnged,deleted,isexe,islink,rid,mrid,mtime,pathname,origname,mhash)
       VALUES(?,?,?,?,?,?,?,?,?,?,?)`,
    );
    for (const row of rows) {
      insert.run(
        target,
        row.change,
        Number(row.isDeleted),
        Number(row.permission === 'executable'),
        Number(row.permission === 'symlink'),
        row.rid,
        row.mergedRid,
        times.get(row) ?? row.mtime,
        row.path,
        row.formerPath ?? null,
        row.mergedHash ?? null,
      );
    }
    checkout.setCurrent(target);
    resetUndo(checkout);
  });
}

/** Times of the files that hold the target's content, as far as they prove it. */
async function timesOnDisk(checkout: Checkout, rows: readonly NewRow[]): Promise<Map<NewRow, number>> {
  const tree = new WorkingTree(checkout);
  const now = checkout.environment.clock.now();
  const times = new Map<NewRow, number>();
  const timeless = rows.filter((row) => row.change === 0 && !row.isDeleted && row.mtime === 0);
  await eachConcurrently(timeless, 16, async (row) => {
    const status = await tree.status(row.path);
    if (status !== undefined) times.set(row, recordableTime(status.mtimeMs, now));
  });
  return times;
}
