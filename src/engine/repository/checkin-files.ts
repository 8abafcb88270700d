import { compareBytes } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';

export type FilePermission = 'regular' | 'executable' | 'symlink';

/** One file of a check-in. */
export interface CheckinFile {
  /** Relative path with `/`. */
  name: string;
  hash: Hash;
  permission: FilePermission;
}

/**
 * All files of a check-in sorted by the bytes of their names, a delta manifest resolved against its baseline.
 * @throws EngineError `artifact-missing` when the check-in or its baseline is not here
 */
export function filesOfCheckin(repository: Repository, rid: Rid): CheckinFile[] {
  const files = repository.checkins.files(rid);
  if (files === undefined) {
    throw new EngineError(
      'artifact-missing',
      `Check-in ${repository.blobs.hash(rid)} cannot be read: it or the check-in it builds on has not been received. Sync to fetch it.`,
    );
  }
  return [...files.values()]
    .map(({ name, hash, permission }) => ({ name, hash, permission }))
    .sort((a, b) => compareBytes(a.name, b.name));
}
