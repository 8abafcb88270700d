import type { Checkout } from './checkout';

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

export interface CheckoutStatus {
  changes: FileChange[];
  /** Unmanaged files that ignore-glob does not hide, sorted. */
  extras: string[];
}

export declare function checkoutStatus(
  checkout: Checkout,
  options?: { signal?: AbortSignal; withExtras?: boolean },
): Promise<CheckoutStatus>;
