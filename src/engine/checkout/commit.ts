import type { FileCard } from '../artifact/types';
import { EngineError, throwIfCancelled } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { ProgressListener } from '../progress';
import { CrosslinkSession } from '../repository/crosslink-session';
import { dephantomize, rightOf } from '../repository/dephantomize';
import { filesOfCheckin } from '../repository/checkin-files';
import { ensureUser } from '../repository/users';
import { branchOf } from '../repository/versions';
import type { Checkout } from './checkout';
import { unversionedFlag, unversionedSetting } from './checkout-settings';
import { mergedCheckins, requireCommittable, type CommitTarget } from './commit-checks';
import { writeManifest } from './commit-manifest';
import { planFiles, readContent, requireUntouched, type CommitContent, type PlannedFile } from './commit-plan';
import { FileProgress } from './file-progress';
import { requireSameRows, type ManagedFile } from './managed-files';
import { writeManifestFiles } from './manifest-files';
import { examineFiles, recordableTime } from './signatures';
import { selectFiles } from './tree-path';
import { resetUndo } from './undo-state';

export interface CommitOptions {
  comment: string;
  user: string;
  /** Only these files (relative paths; a directory means all below it); default all changes. */
  files?: readonly string[];
  /** Start a new branch. */
  branch?: string;
  allowFork?: boolean;
  /** The remote asked for complete manifests only (the pragma `avoid-delta-manifests`). */
  avoidDeltaManifest?: boolean;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
}

export interface CommitResult {
  rid: Rid;
  hash: Hash;
  /** Files that this check-in changes: edited, added, renamed and deleted. */
  files: number;
  branch: string;
}

/**
 * One check-in, as `fossil commit` writes it (fossil.md 8.5), without autosync. Files are read before the transaction; the
 * transaction then spans repository and checkout.
 * @throws EngineError `empty-comment`, `no-user`, `nothing-to-commit`, `would-fork`, `branch-closed`, `file-missing`,
 * `merge-conflict`, `file-changed-meanwhile`, `file-not-managed`, `clock-skew`, `usage` (part of a merge),
 * `repository-changed` (another program changed the checkout meanwhile). Nothing is committed then.
 */
export async function commit(checkout: Checkout, options: CommitOptions): Promise<CommitResult> {
  requireWords(options);
  const { repository } = checkout;
  const target = commitTarget(checkout, options);
  requireCommittable(checkout, target, options.allowFork ?? false);
  const rows = (await examineFiles(checkout, options)).map(({ file }) => file);
  const selected = select(checkout, rows, options);
  const content = await read(checkout, rows, selected, options);
  const stored = new Set(content.files.filter((file) => file.content !== undefined).map((file) => file.row));
  const changed = [...selected].filter((row) => stored.has(row) || isChange(row));
  if (changed.length === 0 && !isMerge(checkout)) {
    throw new EngineError('nothing-to-commit', 'There is nothing to commit: no selected file has changed.');
  }
  throwIfCancelled(options.signal);
  await requireUntouched(checkout, content.files);
  const rid = repository.transaction(() => {
    requireSameRows(checkout, target.parent, rows);
    requireCommittable(checkout, target, options.allowFork ?? false);
    return record(checkout, target, content, selected, options);
  });
  await writeManifestFiles(checkout);
  return { rid, hash: repository.blobs.hash(rid), files: changed.length, branch: branchOf(repository, rid) };
}

function requireWords({ comment, user, branch }: CommitOptions): void {
  if (comment.trim() === '')
    throw new EngineError('empty-comment', 'A check-in needs a comment: say what changed and why.');
  if (user === '') throw new EngineError('no-user', 'Who is committing? Set a user name first.');
  if (branch?.trim() === '') throw new EngineError('usage', 'A new branch needs a name.');
}

function commitTarget(checkout: Checkout, options: CommitOptions): CommitTarget {
  const parent = checkout.current;
  const newBranch =
    options.branch ?? (parent === 0 ? (unversionedSetting(checkout, 'main-branch') ?? 'trunk') : undefined);
  return {
    parent,
    ...(newBranch === undefined ? {} : { newBranch }),
    isPrivate: parent !== 0 && checkout.repository.blobs.isPrivate(parent),
  };
}

/** @throws EngineError `file-not-managed`, `usage` */
function select(checkout: Checkout, rows: readonly ManagedFile[], { files }: CommitOptions): ReadonlySet<ManagedFile> {
  if (files === undefined) return new Set(rows);
  if (isMerge(checkout)) {
    throw new EngineError('usage', 'A merge can only be committed as a whole. Commit all files together.');
  }
  return selectFiles(checkout, rows, files);
}

function isMerge(checkout: Checkout): boolean {
  return mergedCheckins(checkout).some(({ kind }) => kind === 0 || kind < -2);
}

function read(
  checkout: Checkout,
  rows: readonly ManagedFile[],
  selected: ReadonlySet<ManagedFile>,
  options: CommitOptions,
): Promise<CommitContent> {
  const files = planFiles(rows, selected);
  const bytes = files.reduce((sum, { row }) => sum + row.size, 0);
  return readContent(checkout, files, {
    withChecksum: checkout.current === 0 || unversionedFlag(checkout, 'repo-cksum', true),
    ...(options.signal && { signal: options.signal }),
    progress: new FileProgress(options.onProgress, 'read-files', { files: files.length, bytes }),
  });
}

function isChange(row: ManagedFile): boolean {
  return row.change !== 0 || row.isDeleted || row.rid === 0 || row.formerPath !== undefined;
}

/** Everything that one check-in writes, in both databases. In the caller's transaction. @returns the check-in */
function record(
  checkout: Checkout,
  target: CommitTarget,
  content: CommitContent,
  selected: ReadonlySet<ManagedFile>,
  options: CommitOptions,
): Rid {
  const { repository } = checkout;
  repository.receivedFrom({ userId: ensureUser(repository, options.user) });
  const stored = new Map(content.files.map((file) => [file, storeFile(checkout, file, target.isPrivate)]));
  const cards = content.files.map((file): FileCard => {
    const hash = repository.blobs.hash(stored.get(file) ?? file.row.rid);
    const formerName = file.formerName === undefined ? {} : { formerName: file.formerName };
    return { name: file.name, hash, permission: file.permission, ...formerName };
  });
  const manifest = writeManifest(checkout, {
    target,
    comment: options.comment,
    user: options.user,
    files: cards,
    ...(content.checksum === undefined ? {} : { checksum: content.checksum }),
    avoidDelta: options.avoidDeltaManifest ?? false,
  });
  const rid = storeManifest(checkout, target, manifest);
  requireSameFiles(checkout, rid, cards);
  recordFiles(checkout, rid, content.files, stored, selected);
  checkout.repository.db.exec('DELETE FROM localdb.vmerge');
  checkout.setCurrent(rid);
  checkout.removeVariable('ci-comment');
  resetUndo(checkout);
  return rid;
}

/** @returns the content's rid in the check-in */
function storeFile(checkout: Checkout, file: PlannedFile, isPrivate: boolean): Rid {
  const { repository } = checkout;
  const { blobs } = repository;
  const { row, content } = file;
  let rid = file.isSelected ? row.mergedRid : row.rid;
  if (content !== undefined) {
    const put = blobs.put(content, { isPrivate, isUnsent: !isPrivate });
    rid = put.rid;
    if (put.isNew) {
      const session = new CrosslinkSession(repository, { isBulk: false });
      dephantomize(session, rightOf(repository, blobs.deltasOf(rid)));
      session.end();
    }
    if (row.mergedRid !== 0 && row.mergedRid !== rid) blobs.deltify(row.mergedRid, [rid]);
  }
  if (!isPrivate) blobs.makePublic(rid);
  return rid;
}

function storeManifest(checkout: Checkout, { parent, isPrivate }: CommitTarget, manifest: Uint8Array): Rid {
  const { repository } = checkout;
  const { rid } = repository.blobs.put(manifest, { isPrivate, isUnsent: !isPrivate });
  const session = new CrosslinkSession(repository, { isBulk: false });
  session.crosslink(rid, manifest);
  session.end();
  if (parent !== 0) repository.blobs.deltify(parent, [rid]);
  return rid;
}

/** The check-in, read back, must hold exactly what was read from disk. @throws EngineError `internal` */
function requireSameFiles(checkout: Checkout, rid: Rid, cards: readonly FileCard[]): void {
  const written = filesOfCheckin(checkout.repository, rid);
  const isSame =
    written.length === cards.length &&
    written.every((file, index) => {
      const card = cards[index];
      return file.name === card?.name && file.hash === card.hash && file.permission === card.permission;
    });
  if (isSame) return;
  throw new EngineError(
    'internal',
    'The check-in would not hold what is on disk. Nothing was committed; please report this.',
  );
}

/** Makes the rows of `vfile` those of the new check-in (fossil.md 8.5, step 8). */
function recordFiles(
  checkout: Checkout,
  rid: Rid,
  files: readonly PlannedFile[],
  stored: ReadonlyMap<PlannedFile, Rid>,
  selected: ReadonlySet<ManagedFile>,
): void {
  const { db, environment } = checkout.repository;
  const now = environment.clock.now();
  const remove = db.prepare('DELETE FROM localdb.vfile WHERE id=?');
  for (const row of selected) if (row.isDeleted) remove.run(row.id);
  db.prepare('DELETE FROM localdb.vfile WHERE vid<>?').run(checkout.current);
  db.prepare('UPDATE localdb.vfile SET vid=?').run(rid);
  const settle = db.prepare(
    `UPDATE localdb.vfile SET rid=?, mrid=?, mhash=NULL, chnged=0, deleted=0, origname=NULL, isexe=?, islink=?, mtime=?
      WHERE id=?`,
  );
  for (const file of files) {
    if (!file.isSelected) continue;
    const content = stored.get(file) ?? file.row.rid;
    const mtime = file.disk === undefined ? file.row.mtime : recordableTime(file.disk.mtimeMs, now);
    settle.run(
      content,
      content,
      Number(file.permission === 'executable'),
      Number(file.permission === 'symlink'),
      mtime,
      file.row.id,
    );
  }
  forgetMerges(checkout);
}

/** What a cherry-pick brought and this commit left out is from now on an addition or an edit like any other. */
function forgetMerges(checkout: Checkout): void {
  checkout.repository.db.exec(`
    UPDATE localdb.vfile SET rid=0, mrid=0, mhash=NULL, chnged=1 WHERE chnged IN (3,5);
    UPDATE localdb.vfile SET mrid=rid, mhash=NULL, chnged=1 WHERE mrid<>rid;`);
}
