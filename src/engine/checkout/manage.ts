import { EngineError } from '../errors';
import type { Rid } from '../identifiers';
import { filesOfCheckin, type CheckinFile } from '../repository/checkin-files';
import type { Checkout } from './checkout';
import { checkoutFlag, checkoutGlobs } from './checkout-settings';
import { scanUnmanaged } from './extras';
import { isAddableName, requireAddableName } from './file-name';
import { isAddedByMerge, managedFile, managedFiles, type ManagedFile } from './managed-files';
import { pathWithin } from './paths';
import { examineFiles, recordableTime } from './signatures';
import { isWithinTree, selectFiles, treePath } from './tree-path';
import { resetUndo } from './undo-state';
import { isFileOrLink, WorkingTree } from './working-file';

/**
 * Puts files under management. A file that was marked as deleted is managed again.
 * @param paths - relative to the root, or absolute; a directory adds what it holds that ignore-glob and clean-glob do not hide
 * @returns the paths added
 * @throws EngineError `file-missing`, `file-name-refused`
 */
export async function addFiles(checkout: Checkout, paths: readonly string[]): Promise<string[]> {
  const tree = new WorkingTree(checkout);
  const candidates = new Set<string>();
  for (const path of paths) {
    for (const file of await filesToAdd(checkout, tree, treePath(checkout, path))) candidates.add(file);
  }
  const permissions = new Map<string, ReturnType<WorkingTree['permission']>>();
  for (const path of candidates) {
    const status = await tree.status(path);
    if (status !== undefined && isFileOrLink(status)) permissions.set(path, tree.permission(status));
  }
  const { db } = checkout.repository;
  return db.transaction(() => {
    const insert = db.prepare(
      'INSERT INTO localdb.vfile(vid,deleted,rid,mrid,pathname,isexe,islink,mhash) VALUES(?,0,0,0,?,?,?,NULL)',
    );
    const restore = db.prepare('UPDATE localdb.vfile SET deleted=0 WHERE id=?');
    const added: string[] = [];
    for (const [path, permission] of permissions) {
      const known = managedFile(checkout, path);
      if (known !== undefined && !known.isDeleted) continue;
      if (known === undefined) {
        insert.run(checkout.current, path, Number(permission === 'executable'), Number(permission === 'symlink'));
      } else restore.run(known.id);
      added.push(path);
    }
    return added;
  });
}

/**
 * Marks files as to be deleted by the next commit (an added file is only forgotten). Files on disk stay.
 * @returns the paths that are no longer managed
 * @throws EngineError `file-not-managed`
 */
export function removeFiles(checkout: Checkout, paths: readonly string[]): Promise<string[]> {
  const { db } = checkout.repository;
  const removed = db.transaction(() => {
    const selected = [...selectFiles(checkout, managedFiles(checkout), paths)].filter((file) => !file.isDeleted);
    for (const file of selected) {
      if (file.rid === 0) db.prepare('DELETE FROM localdb.vfile WHERE id=?').run(file.id);
      else db.prepare('UPDATE localdb.vfile SET deleted=1 WHERE id=?').run(file.id);
    }
    return selected.map((file) => file.path);
  });
  return Promise.resolve(removed);
}

/**
 * Brings files back to the checked-out version: edits are undone, deleted and missing files come back, renames are undone, added
 * files are forgotten (and stay on disk), files that a merge added go. The root as a path reverts everything, pending merges too.
 * @returns the paths that were reverted
 * @throws EngineError `file-not-managed`
 */
export async function revertFiles(checkout: Checkout, paths: readonly string[]): Promise<string[]> {
  const examined = await examineFiles(checkout);
  const files = examined.map(({ file }) => file);
  const selected = selectFiles(checkout, files, paths);
  for (const file of selected) {
    const occupant = files.find(({ path }) => path === file.formerPath);
    if (occupant !== undefined) selected.add(occupant);
  }
  const changed = [...selected].filter(isChanged);
  const version = new Map(versionFiles(checkout).map((file) => [file.name, file]));
  const tree = new WorkingTree(checkout);
  for (const file of changed) await revertOnDisk(checkout, tree, version, file);
  await recordReverted(
    checkout,
    tree,
    version,
    changed,
    paths.some((path) => treePath(checkout, path) === ''),
  );
  return changed.map((file) => file.path);
}

/** A file as the checked-out version has it, under its present or former name. @throws EngineError `file-not-managed` */
export function baselineContent(checkout: Checkout, path: string): Uint8Array {
  const within = treePath(checkout, path);
  const row = checkout.repository.db
    .prepare(
      `SELECT rid FROM localdb.vfile WHERE vid=? AND rid>0 AND chnged NOT IN (3,5) AND (pathname=? OR origname=?)
        ORDER BY pathname<>? LIMIT 1`,
    )
    .get<{ rid: Rid }>(checkout.current, within, within, within);
  if (row !== undefined) return checkout.repository.blobs.content(row.rid);
  throw new EngineError('file-not-managed', `The checked-out version has no file "${within}".`);
}

async function filesToAdd(checkout: Checkout, tree: WorkingTree, path: string): Promise<string[]> {
  const status = await checkout.environment.fs.status(checkout.absolute(path), { followLinks: false });
  if (status === undefined) {
    throw new EngineError('file-missing', `"${path}" cannot be added: it is not there.`);
  }
  if (status.kind === 'directory') {
    const found = await scanUnmanaged(checkout, {
      directory: path,
      ignored: [await checkoutGlobs(checkout, 'ignore-glob'), await checkoutGlobs(checkout, 'clean-glob')],
      withDotFiles: await checkoutFlag(checkout, 'dotfiles', false),
    });
    const deleted = managedFiles(checkout).filter((file) => file.isDeleted && isWithinTree(path, file.path));
    return [...found.filter(isAddableName), ...deleted.map((file) => file.path)];
  }
  requireAddableName(path);
  await requireAddablePlace(checkout, tree, path);
  return [path];
}

/** Neither the repository itself nor anything behind a link. */
async function requireAddablePlace(checkout: Checkout, tree: WorkingTree, path: string): Promise<void> {
  if (pathWithin(checkout.environment, checkout.root, checkout.repository.path) === path) {
    throw new EngineError('file-name-refused', `"${path}" is the repository itself and cannot be added to it.`);
  }
  const obstacle = await tree.obstacleAbove(path);
  if (obstacle !== undefined) {
    throw new EngineError('file-name-refused', `"${path}" cannot be added: "${obstacle}" is a link, not a directory.`);
  }
  const status = await tree.status(path);
  if (status === undefined || !isFileOrLink(status)) {
    throw new EngineError('file-name-refused', `"${path}" cannot be added: it is not a file.`);
  }
}

function isChanged(file: ManagedFile): boolean {
  return file.change !== 0 || file.isDeleted || file.rid === 0 || file.formerPath !== undefined;
}

function versionFiles(checkout: Checkout): CheckinFile[] {
  return checkout.current === 0 ? [] : filesOfCheckin(checkout.repository, checkout.current);
}

async function revertOnDisk(
  checkout: Checkout,
  tree: WorkingTree,
  version: ReadonlyMap<string, CheckinFile>,
  file: ManagedFile,
): Promise<void> {
  if (file.rid === 0) return;
  const committed = isAddedByMerge(file) ? undefined : version.get(file.formerPath ?? file.path);
  if (committed !== undefined) {
    await keepUnstored(checkout, tree, file, committed.name);
    await tree.write(committed.name, checkout.repository.blobs.content(file.rid), committed.permission);
  }
  if (committed?.name !== file.path && !version.has(file.path)) await tree.remove(file.path);
}

/** An added file that stands where a renamed one comes back has never been stored: it is moved aside, not overwritten. */
async function keepUnstored(checkout: Checkout, tree: WorkingTree, file: ManagedFile, name: string): Promise<void> {
  if (name === file.path) return;
  const occupant = managedFile(checkout, name);
  const isUnstored = occupant === undefined || occupant.rid === 0;
  if (isUnstored && (await tree.status(name)) !== undefined) await tree.moveAside(name);
}

async function recordReverted(
  checkout: Checkout,
  tree: WorkingTree,
  version: ReadonlyMap<string, CheckinFile>,
  changed: readonly ManagedFile[],
  isEverything: boolean,
): Promise<void> {
  const now = checkout.environment.clock.now();
  const rows: { file: ManagedFile; committed: CheckinFile | undefined; mtime: number }[] = [];
  for (const file of changed) {
    const committed = file.rid === 0 || isAddedByMerge(file) ? undefined : version.get(file.formerPath ?? file.path);
    const status = committed && (await tree.status(committed.name));
    rows.push({ file, committed, mtime: status === undefined ? 0 : recordableTime(status.mtimeMs, now) });
  }
  const { db } = checkout.repository;
  db.transaction(() => {
    const forget = db.prepare('DELETE FROM localdb.vfile WHERE id=?');
    const restore = db.prepare(
      `UPDATE localdb.vfile SET pathname=?, origname=NULL, chnged=0, deleted=0, isexe=?, islink=?, mrid=rid, mhash=NULL, mtime=?
        WHERE id=?`,
    );
    for (const { file, committed } of rows) if (committed === undefined) forget.run(file.id);
    // Names may swap: each row first leaves the name it has.
    for (const { file } of rows) db.prepare('UPDATE localdb.vfile SET pathname=NULL WHERE id=?').run(file.id);
    for (const { file, committed, mtime } of rows) {
      if (committed === undefined) continue;
      const { name, permission } = committed;
      restore.run(name, Number(permission === 'executable'), Number(permission === 'symlink'), mtime, file.id);
    }
    if (isEverything) db.exec('DELETE FROM localdb.vmerge');
    resetUndo(checkout);
  });
}
