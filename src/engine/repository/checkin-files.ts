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

/** All files of a check-in sorted by the bytes of their names, a delta manifest resolved against its baseline. */
export declare function filesOfCheckin(repository: Repository, rid: Rid): CheckinFile[];
