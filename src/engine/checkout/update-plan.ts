import type { Hash, Rid } from '../identifiers';
import type { FileStatus } from '../platform/file-system';
import { filesOfCheckin, type FilePermission } from '../repository/checkin-files';
import { EngineError } from '../errors';
import type { Checkout } from './checkout';
import { changeCode, isAddedByMerge, type ManagedFile } from './managed-files';
import type { ExaminedFile } from './signatures';
import { isFileOrLink, WorkingTree } from './working-file';

/** A file of the version to go to. */
export interface TargetFile {
  path: string;
  rid: Rid;
  hash: Hash;
  size: number;
  permission: FilePermission;
}

/** What to do with one file on disk. `found` is what stood there when that was decided. */
export type UpdateStep =
  | { kind: 'write'; file: TargetFile; found: FileStatus | undefined; movesAside: boolean }
  | { kind: 'permission'; file: TargetFile; found: FileStatus }
  | { kind: 'remove'; path: string; found: FileStatus };

/** A row of `vfile` after the update. */
export type NewRow = Omit<ManagedFile, 'id' | 'hash' | 'size'>;

export interface UpdatePlan {
  steps: UpdateStep[];
  rows: NewRow[];
  /** Locally changed files that the new version leaves alone. */
  kept: string[];
  /** Files where local work and the update meet. */
  conflicts: string[];
}

/** All files of a check-in by path. @throws EngineError `artifact-missing` when the content of one has not been received */
export function targetFiles(checkout: Checkout, target: Rid): Map<string, TargetFile> {
  const { blobs } = checkout.repository;
  return new Map(
    filesOfCheckin(checkout.repository, target).map(({ name, hash, permission }) => {
      const rid = blobs.rid(hash);
      if (rid === undefined || !blobs.isReadable(rid)) {
        throw new EngineError(
          'artifact-missing',
          `The content of "${name}" has not been received yet. Sync, then try again.`,
        );
      }
      return [name, { path: name, rid, hash, size: blobs.size(rid), permission }];
    }),
  );
}

/** Decides for every file what an update does with it; changes nothing (fossil.md 8.6). */
export async function planUpdate(
  checkout: Checkout,
  examined: readonly ExaminedFile[],
  target: ReadonlyMap<string, TargetFile>,
): Promise<UpdatePlan> {
  const planner = new UpdatePlanner(checkout, target);
  for (const file of examined) await planner.planManaged(file);
  for (const file of target.values()) await planner.planNew(file);
  await planner.findObstacles();
  return planner.plan;
}

class UpdatePlanner {
  readonly plan: UpdatePlan = { steps: [], rows: [], kept: [], conflicts: [] };
  readonly #checkout: Checkout;
  readonly #target: ReadonlyMap<string, TargetFile>;
  readonly #tree: WorkingTree;
  /** Files of the target that a managed file already stands for. */
  readonly #claimed = new Set<TargetFile>();

  constructor(checkout: Checkout, target: ReadonlyMap<string, TargetFile>) {
    this.#checkout = checkout;
    this.#target = target;
    this.#tree = new WorkingTree(checkout);
  }

  async planManaged(examined: ExaminedFile): Promise<void> {
    const { file } = examined;
    if (file.isDeleted) this.#planDeleted(file);
    else if (file.rid === 0 || isAddedByMerge(file)) await this.#planAdded(examined);
    else if (file.formerPath !== undefined) this.#planRenamed(file, file.formerPath);
    else await this.#planInPlace(examined);
  }

  /** A file that only the target has. An unmanaged file in its place is kept beside it, as Fossil does. */
  async planNew(file: TargetFile): Promise<void> {
    if (this.#claimed.has(file)) return;
    const found = await this.#tree.status(file.path);
    if (found !== undefined && isFileOrLink(found) && (await this.#tree.holds(file.path, file.hash, file.size))) {
      this.#adopt(file, found);
    } else {
      this.#write(file, found, found !== undefined && isFileOrLink(found));
    }
  }

  /** What stands where a file or its directories must go, and is not itself removed by this update, stops it. */
  async findObstacles(): Promise<void> {
    const removed = new Set(this.plan.steps.flatMap((step) => (step.kind === 'remove' ? [step.path] : [])));
    for (const step of this.plan.steps) {
      if (step.kind !== 'write') continue;
      const obstacle = await this.#tree.obstacleAbove(step.file.path);
      const isBlocked =
        (obstacle !== undefined && !removed.has(obstacle)) ||
        (step.found?.kind === 'directory' && !(await this.#becomesEmpty(step.file.path, removed))) ||
        step.found?.kind === 'other';
      if (isBlocked) this.plan.conflicts.push(step.file.path);
    }
  }

  /** The deletion stays pending; a target that has another content would lose its change with it. */
  #planDeleted(file: ManagedFile): void {
    const target = this.#target.get(file.formerPath ?? file.path);
    if (target === undefined) return;
    this.#claimed.add(target);
    if (target.rid === file.rid) {
      this.plan.rows.push({ ...rowOf(target), change: changeCode.edited, isDeleted: true });
      this.plan.kept.push(target.path);
    } else this.plan.conflicts.push(target.path);
  }

  async #planAdded({ file, disk }: ExaminedFile): Promise<void> {
    const target = this.#target.get(file.path);
    if (target === undefined) this.#keep(file);
    else if (disk !== undefined && (await this.#tree.holds(file.path, target.hash, target.size))) {
      this.#adopt(target, disk);
    } else this.#conflict(file.path, target);
  }

  #planRenamed(file: ManagedFile, formerPath: string): void {
    const original = this.#target.get(formerPath);
    const occupant = this.#target.get(file.path);
    if (original?.rid === file.rid && occupant === undefined) {
      this.#claimed.add(original);
      this.#keep(file);
      return;
    }
    this.#conflict(file.path, occupant);
    if (original !== undefined) this.#claimed.add(original);
  }

  async #planInPlace(examined: ExaminedFile): Promise<void> {
    const { file, disk } = examined;
    const target = this.#target.get(file.path);
    if (disk === undefined) {
      if (target !== undefined) this.#write(target, undefined, false);
    } else if (file.change === changeCode.none && file.mergedRid === file.rid) {
      this.#planUnedited(file, disk, target);
    } else await this.#planEdited(file, disk, target);
  }

  #planUnedited(file: ManagedFile, disk: FileStatus, target: TargetFile | undefined): void {
    if (target === undefined) {
      this.plan.steps.push({ kind: 'remove', path: file.path, found: disk });
    } else if (target.rid === file.rid && isLink(target) === isLink(file)) {
      this.#adopt(target, disk, file.mtime);
    } else this.#write(target, disk, false);
  }

  async #planEdited(file: ManagedFile, disk: FileStatus, target: TargetFile | undefined): Promise<void> {
    if (target === undefined || !isFileOrLink(disk)) this.#conflict(file.path, target);
    else if (target.rid === file.rid && target.permission === file.permission) {
      this.#claimed.add(target);
      this.#keep(file);
    } else if (await this.#tree.holds(file.path, target.hash, target.size)) this.#adopt(target, disk);
    else this.#conflict(file.path, target);
  }

  /** The disk holds the target's content already. */
  #adopt(target: TargetFile, disk: FileStatus, mtime = 0): void {
    this.#claimed.add(target);
    this.plan.rows.push({ ...rowOf(target), mtime });
    const isExecutable = target.permission === 'executable';
    if (disk.kind === 'file' && disk.isExecutable !== isExecutable && this.#checkout.environment.platform !== 'win32') {
      this.plan.steps.push({ kind: 'permission', file: target, found: disk });
    }
  }

  #write(target: TargetFile, found: FileStatus | undefined, movesAside: boolean): void {
    this.#claimed.add(target);
    this.plan.rows.push(rowOf(target));
    this.plan.steps.push({ kind: 'write', file: target, found, movesAside });
  }

  #keep({ path, formerPath, change, isDeleted, permission, rid, mergedRid, mergedHash, mtime }: ManagedFile): void {
    this.plan.kept.push(path);
    this.plan.rows.push({
      path,
      change,
      isDeleted,
      permission,
      rid,
      mergedRid,
      mtime,
      ...(formerPath === undefined ? {} : { formerPath }),
      ...(mergedHash === undefined ? {} : { mergedHash }),
    });
  }

  #conflict(path: string, target: TargetFile | undefined): void {
    if (target !== undefined) this.#claimed.add(target);
    this.plan.conflicts.push(path);
  }

  async #becomesEmpty(directory: string, removed: ReadonlySet<string>): Promise<boolean> {
    for (const entry of await this.#checkout.environment.fs.list(this.#checkout.absolute(directory))) {
      const path = `${directory}/${entry.name}`;
      const goes = entry.kind === 'directory' ? await this.#becomesEmpty(path, removed) : removed.has(path);
      if (!goes) return false;
    }
    return true;
  }
}

function rowOf({ path, rid, permission }: TargetFile): NewRow {
  return { path, change: changeCode.none, isDeleted: false, permission, rid, mergedRid: rid, mtime: 0 };
}

function isLink({ permission }: { permission: FilePermission }): boolean {
  return permission === 'symlink';
}
