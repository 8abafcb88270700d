import { LARGEST_ARTIFACT } from '../codec/size-limits';
import { compareBytes, utf8 } from '../codec/utf8';
import { EngineError, throwIfCancelled } from '../errors';
import type { FileStatus } from '../platform/file-system';
import type { FilePermission } from '../repository/checkin-files';
import type { Checkout } from './checkout';
import { eachConcurrently } from './each-concurrently';
import type { FileProgress } from './file-progress';
import { isAddedByMerge, type ManagedFile } from './managed-files';
import { hasMergeMarker } from './merge-marker';
import { isFileOrLink, WorkingTree } from './working-file';

/** Files that are read at the same time, and how much of them is held at once. */
const concurrency = 8;
const sliceFiles = 64;
const sliceBytes = 8_000_000;

/** One file of the check-in to be. */
export interface PlannedFile {
  row: ManagedFile;
  /** Part of this commit; otherwise the file stays as the parent has it. */
  isSelected: boolean;
  name: string;
  /** Its name in the parent, when this commit renames it. */
  formerName?: string;
  permission: FilePermission;
  /** What is to be stored; absent when the repository has it as `row.mergedRid` (selected) or `row.rid`. */
  content?: Uint8Array;
  /** The working file as it was when read. */
  disk?: FileStatus;
}

export interface CommitContent {
  /** Sorted by the bytes of their names. */
  files: PlannedFile[];
  /** R-card; undefined when the setting `repo-cksum` is off. */
  checksum?: string;
}

/** Chooses name and origin of every file of the check-in. */
export function planFiles(rows: readonly ManagedFile[], selected: ReadonlySet<ManagedFile>): PlannedFile[] {
  const files = rows.flatMap((row): PlannedFile[] => {
    if (selected.has(row)) {
      if (row.isDeleted) return [];
      const formerName = row.formerPath === undefined ? {} : { formerName: row.formerPath };
      return [{ row, isSelected: true, name: row.path, permission: row.permission, ...formerName }];
    }
    if (row.rid === 0 || isAddedByMerge(row)) return [];
    return [{ row, isSelected: false, name: row.formerPath ?? row.path, permission: row.permission }];
  });
  files.sort((a, b) => compareBytes(a.name, b.name));
  return files;
}

/**
 * Reads what the check-in will hold, before any transaction: every selected file from disk, compared with what the repository
 * has, everything else from the repository. So what ends up in the repository is what is on disk (fossil.md 8.5).
 * @throws EngineError `file-missing`, `merge-conflict`, `file-changed-meanwhile`
 */
export async function readContent(
  checkout: Checkout,
  files: PlannedFile[],
  options: { withChecksum: boolean; signal?: AbortSignal; progress: FileProgress },
): Promise<CommitContent> {
  const tree = new WorkingTree(checkout);
  const { environment } = checkout;
  const digest = options.withChecksum ? environment.hash.create('md5') : undefined;
  for (const slice of slices(files)) {
    throwIfCancelled(options.signal);
    const contents = await eachConcurrently(slice, concurrency, (file) =>
      readPlanned(checkout, tree, file, options.withChecksum),
    );
    contents.forEach((content, index) => {
      const name = slice[index]?.name ?? '';
      if (content !== undefined) digest?.update(utf8(`${name} ${content.length}\n`)).update(content);
      options.progress.advance(content?.length ?? 0);
    });
    await environment.clock.yield();
  }
  return { files, ...(digest === undefined ? {} : { checksum: digest.hex() }) };
}

/** Runs of files, in order, small enough to be in memory at once. */
function* slices(files: readonly PlannedFile[]): Generator<PlannedFile[]> {
  let slice: PlannedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    slice.push(file);
    bytes += file.row.size;
    if (slice.length < sliceFiles && bytes < sliceBytes) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
}

/** The last look before the transaction. @throws EngineError `file-changed-meanwhile` */
export async function requireUntouched(checkout: Checkout, files: readonly PlannedFile[]): Promise<void> {
  const tree = new WorkingTree(checkout);
  await eachConcurrently(files, 2 * concurrency, async ({ name, disk }) => {
    if (disk !== undefined) requireSameFile(name, disk, await tree.status(name));
  });
}

/** @returns the content, or undefined when it need not be known */
async function readPlanned(
  checkout: Checkout,
  tree: WorkingTree,
  file: PlannedFile,
  withChecksum: boolean,
): Promise<Uint8Array | undefined> {
  const { blobs } = checkout.repository;
  if (!file.isSelected) return withChecksum ? blobs.content(file.row.rid) : undefined;
  const disk = await tree.status(file.name);
  if (disk === undefined || !isFileOrLink(disk)) {
    const problem = disk === undefined ? 'it is missing' : 'it is not a file';
    throw new EngineError(
      'file-missing',
      `"${file.name}" cannot be committed: ${problem}. Bring it back, or remove it from the checkout.`,
    );
  }
  if (disk.size > LARGEST_ARTIFACT) {
    throw new EngineError(
      'artifact-too-large',
      `"${file.name}" cannot be committed: it has ${disk.size} bytes, and a repository holds at most ${LARGEST_ARTIFACT} of one file. Leave it out, or split it.`,
    );
  }
  file.disk = disk;
  if (checkout.environment.platform !== 'win32') file.permission = tree.permission(disk);
  if (!withChecksum && file.row.change === 0) return undefined;
  const content = await tree.read(file.name, disk);
  const isStored =
    file.row.mergedRid !== 0 && file.row.size === content.length && isEqual(content, blobs.content(file.row.mergedRid));
  if (!isStored) {
    requireResolved(file.name, content);
    file.content = content;
  }
  return content;
}

function requireResolved(name: string, content: Uint8Array): void {
  if (!hasMergeMarker(content)) return;
  throw new EngineError(
    'merge-conflict',
    `"${name}" still has merge conflict markers. Resolve the conflict, then commit.`,
  );
}

function requireSameFile(name: string, before: FileStatus, after: FileStatus | undefined): void {
  const isSame =
    after !== undefined &&
    after.kind === before.kind &&
    after.size === before.size &&
    after.mtimeMs === before.mtimeMs &&
    after.isExecutable === before.isExecutable;
  if (isSame) return;
  throw new EngineError(
    'file-changed-meanwhile',
    `"${name}" changed while it was being committed. Nothing was committed; try again.`,
  );
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
