import { hasCode } from '../errors';
import type { Hash } from '../identifiers';
import type { FileStatus } from '../platform/file-system';
import type { Checkout } from './checkout';
import { checkoutFlag, checkoutGlobs } from './checkout-settings';
import { eachConcurrently } from './each-concurrently';
import { scanUnmanaged } from './extras';
import { changeCode } from './managed-files';
import { hasMergeMarker } from './merge-marker';
import { examineFiles, type ExaminedFile } from './signatures';
import { isFileOrLink, WorkingTree } from './working-file';

/** Class of a changed file, in Fossil's words. */
export type ChangeKind =
  | 'edited'
  | 'added'
  | 'deleted'
  | 'renamed'
  | 'missing'
  | 'not-a-file'
  | 'conflict'
  | 'executable'
  | 'unexecutable'
  | 'symlink'
  | 'unlink'
  | 'updated-by-merge'
  | 'added-by-merge'
  | 'updated-by-integrate'
  | 'added-by-integrate';

export interface FileChange {
  /** Relative to the root, with `/`. */
  path: string;
  kind: ChangeKind;
  /** Path in the checked-out version, when renamed. */
  formerPath?: string;
}

/** A check-in that was merged in and not yet committed. */
export interface PendingMerge {
  kind: 'merge' | 'cherrypick' | 'backout' | 'integrate';
  hash: Hash;
}

export interface CheckoutStatus {
  changes: FileChange[];
  /** Unmanaged files that ignore-glob does not hide, sorted. */
  extras: string[];
  merges: PendingMerge[];
}

/**
 * What differs from the checked-out version, as `fossil changes --differ --merge` tells it (fossil.md 8.3).
 * @param options.byContent - hash every file, whatever its time and size say
 */
export async function checkoutStatus(
  checkout: Checkout,
  options: { signal?: AbortSignal; withExtras?: boolean; byContent?: boolean } = {},
): Promise<CheckoutStatus> {
  const examined = await examineFiles(checkout, options);
  const tree = new WorkingTree(checkout);
  const changes = await eachConcurrently(examined, 16, (file) => classify(tree, file));
  return {
    changes: changes.flatMap((change) => change ?? []),
    extras: options.withExtras === false ? [] : await findExtras(checkout, options.signal),
    merges: pendingMerges(checkout),
  };
}

export function pendingMerges(checkout: Checkout): PendingMerge[] {
  return checkout.repository.db
    .prepare('SELECT id, mhash FROM localdb.vmerge WHERE id<=0 ORDER BY rowid')
    .all<{ id: number; mhash: Hash }>()
    .map(({ id, mhash }) => ({ kind: mergeKind(id), hash: mhash }));
}

async function findExtras(checkout: Checkout, signal: AbortSignal | undefined): Promise<string[]> {
  return scanUnmanaged(checkout, {
    ignored: [await checkoutGlobs(checkout, 'ignore-glob')],
    withDotFiles: await checkoutFlag(checkout, 'dotfiles', false),
    ...(signal && { signal }),
  });
}

async function classify(tree: WorkingTree, examined: ExaminedFile): Promise<FileChange | undefined> {
  const { path, formerPath } = examined.file;
  const kind = (await changeKind(tree, examined)) ?? (formerPath === undefined ? undefined : 'renamed');
  if (kind === undefined) return undefined;
  return { path, kind, ...(formerPath === undefined ? {} : { formerPath }) };
}

/** The first class that fits, in Fossil's order of precedence. */
async function changeKind(tree: WorkingTree, { file, disk }: ExaminedFile): Promise<ChangeKind | undefined> {
  if (file.isDeleted) return 'deleted';
  if (disk === undefined) return 'missing';
  if (!isFileOrLink(disk)) return 'not-a-file';
  if (file.rid === 0) return 'added';
  switch (file.change) {
    case changeCode.none:
      return undefined;
    case changeCode.updatedByMerge:
      return 'updated-by-merge';
    case changeCode.addedByMerge:
      return 'added-by-merge';
    case changeCode.updatedByIntegrate:
      return 'updated-by-integrate';
    case changeCode.addedByIntegrate:
      return 'added-by-integrate';
    case changeCode.executable:
      return 'executable';
    case changeCode.symlink:
      return 'symlink';
    case changeCode.unexecutable:
      return 'unexecutable';
    case changeCode.unlink:
      return 'unlink';
    default:
      return disk.kind === 'file' ? editedKind(tree, file.path, disk) : 'edited';
  }
}

/** The file may go between the first look and this one. */
async function editedKind(tree: WorkingTree, path: string, disk: FileStatus): Promise<ChangeKind> {
  try {
    return hasMergeMarker(await tree.read(path, disk)) ? 'conflict' : 'edited';
  } catch (error) {
    if (hasCode(error, 'file-missing')) return 'missing';
    throw error;
  }
}

function mergeKind(id: number): PendingMerge['kind'] {
  if (id === -1) return 'cherrypick';
  if (id === -2) return 'backout';
  return id === -4 ? 'integrate' : 'merge';
}
