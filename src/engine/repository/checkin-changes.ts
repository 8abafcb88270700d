import { byteTextOf } from '../codec/byte-text';
import { compareBytes } from '../codec/utf8';
import type { Hash, Rid } from '../identifiers';
import { type CheckinFile, type FilePermission, filesOfCheckin } from './checkin-files';
import { checkinPath } from './checkin-path';
import type { Repository } from './repository';

/** What became of a file from one check-in to another. */
export interface CheckinChange {
  /** In the later check-in; of a deleted file, in the earlier one. */
  path: string;
  /** `renamed` also when it was edited besides. */
  change: 'added' | 'edited' | 'deleted' | 'renamed';
  formerPath?: string;
  /** Content in the later check-in; absent when deleted. */
  hash?: Hash;
  /** Content in the earlier check-in; absent when added. */
  formerHash?: Hash;
  permission?: FilePermission;
  formerPermission?: FilePermission;
}

/**
 * Files that differ between two check-ins, sorted by the bytes of their paths, permissions counted.
 * @param options.followsRenames - default true; otherwise a renamed file is deleted and added
 * @throws EngineError `artifact-missing` when one of the check-ins is not here
 */
export function changesBetween(
  repository: Repository,
  from: Rid,
  to: Rid,
  options: { followsRenames?: boolean } = {},
): CheckinChange[] {
  const before = new Map(filesOfCheckin(repository, from).map((file) => [file.name, file]));
  const after = filesOfCheckin(repository, to);
  const renames = options.followsRenames === false ? new Map<string, string>() : renamesBetween(repository, from, to);
  const formerNames = new Map([...renames].filter(([name]) => before.has(name)).map(([name, now]) => [now, name]));
  const changes: CheckinChange[] = [];
  for (const file of after) {
    const formerName = formerNames.get(file.name) ?? (renames.has(file.name) ? undefined : file.name);
    const former = formerName === undefined ? undefined : before.get(formerName);
    const change = changeOf(file, former);
    if (change !== undefined) changes.push(change);
  }
  const kept = new Set(after.map((file) => file.name));
  for (const name of before.keys()) if (renames.has(name) || kept.has(name)) before.delete(name);
  for (const file of before.values()) {
    changes.push({ path: file.name, change: 'deleted', formerHash: file.hash, formerPermission: file.permission });
  }
  return changes.sort((a, b) => compareBytes(a.path, b.path));
}

/**
 * Names of files that changed on the way between two check-ins along primary parents, as names before and after. Files that were deleted on
 * the way are left out.
 */
export function renamesBetween(repository: Repository, from: Rid, to: Rid): Map<string, string> {
  const path = from === to ? undefined : checkinPath(repository, from, to, { primaryOnly: true });
  const names = new Map<string, string>();
  for (const [index, step] of (path ?? []).entries()) {
    const next = path?.[index + 1];
    if (step.isFromParent) followRenames(names, renamesOf(repository, step.rid, 'forward'));
    else if (next !== undefined && !next.isFromParent)
      followRenames(names, renamesOf(repository, step.rid, 'backward'));
  }
  for (const [name, now] of names) if (name === now) names.delete(name);
  return names;
}

interface NameChanges {
  renamed: Map<string, string>;
  gone: Set<string>;
}

/** What a check-in did to names, or what taking it back does. */
function renamesOf(repository: Repository, checkin: Rid, direction: 'forward' | 'backward'): NameChanges {
  const rows = repository.db
    .prepare(
      `SELECT CAST(name AS BLOB) AS nameBytes,
              (SELECT CAST(name AS BLOB) FROM filename WHERE fnid=mlink.pfnid) AS formerNameBytes, fid, pid
         FROM mlink JOIN filename USING(fnid) WHERE mid=? AND NOT isaux AND (pfnid>0 OR fid=0 OR pid<=0)`,
    )
    .all<{ nameBytes: Uint8Array; formerNameBytes: Uint8Array | null; fid: Rid; pid: Rid }>(checkin);
  const renamed = new Map<string, string>();
  const gone = new Set<string>();
  for (const { nameBytes, formerNameBytes, fid, pid } of rows) {
    const name = byteTextOf(nameBytes);
    const formerName = formerNameBytes && byteTextOf(formerNameBytes);
    if (direction === 'forward') {
      if (formerName !== null) renamed.set(formerName, name);
      else if (fid === 0) gone.add(name);
    } else if (formerName !== null) renamed.set(name, formerName);
    else if (pid <= 0) gone.add(name);
  }
  return { renamed, gone };
}

/** All names change at once: a check-in may exchange two. */
function followRenames(names: Map<string, string>, { renamed, gone }: NameChanges): void {
  const unseen = new Map(renamed);
  for (const [name, now] of names) {
    const next = renamed.get(now);
    if (next !== undefined) names.set(name, next);
    else if (gone.has(now)) names.delete(name);
    unseen.delete(now);
  }
  for (const [name, now] of unseen) if (!names.has(name)) names.set(name, now);
}

function changeOf(file: CheckinFile, former: CheckinFile | undefined): CheckinChange | undefined {
  const { name: path, hash, permission } = file;
  if (former === undefined) return { path, change: 'added', hash, permission };
  const { hash: formerHash, permission: formerPermission } = former;
  const both = { path, hash, permission, formerHash, formerPermission };
  if (former.name !== path) return { ...both, change: 'renamed', formerPath: former.name };
  return hash === formerHash && permission === formerPermission ? undefined : { ...both, change: 'edited' };
}
