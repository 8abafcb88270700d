import type { Hash, Rid } from '../identifiers';
import type { ProgressListener } from '../progress';
import type { Checkout } from './checkout';

export interface CommitOptions {
  comment: string;
  user: string;
  /** Only these files (relative paths); default all changes. */
  files?: readonly string[];
  /** Start a new branch. */
  branch?: string;
  allowFork?: boolean;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
}

export interface CommitResult {
  rid: Rid;
  hash: Hash;
  files: number;
  branch: string;
}

/** One check-in, as `fossil commit` writes it (fossil.md 8.5), without autosync. */
export declare function commit(checkout: Checkout, options: CommitOptions): Promise<CommitResult>;
