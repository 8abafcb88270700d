import type { Environment } from '../platform/environment';
import type { ProgressListener } from '../progress';
import type { Checkout } from './checkout';

/**
 * Makes a checkout of a repository in `root` and writes the files of a version, as `fossil open` does.
 * @throws EngineError `checkout-exists`, `directory-not-empty` (unless `force`)
 */
export declare function openCheckout(
  environment: Environment,
  repositoryPath: string,
  root: string,
  options?: {
    version?: string;
    force?: boolean;
    signal?: AbortSignal;
    onProgress?: ProgressListener;
    allowPortableWrites?: boolean;
  },
): Promise<Checkout>;
