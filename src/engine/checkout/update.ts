import type { Hash, Rid } from '../identifiers';
import type { ProgressListener } from '../progress';
import type { Checkout } from './checkout';

export interface UpdateResult {
  from: Hash | undefined;
  to: Hash;
  written: string[];
  removed: string[];
  /** Locally changed files that the new version leaves alone. */
  kept: string[];
}

/**
 * Brings the checkout to another check-in; local changes that do not meet changes of the update stay.
 * @throws EngineError `would-merge` naming the files where local edits would need a merge; nothing is changed then
 */
export declare function updateCheckout(
  checkout: Checkout,
  target: Rid,
  options?: { signal?: AbortSignal; onProgress?: ProgressListener },
): Promise<UpdateResult>;
