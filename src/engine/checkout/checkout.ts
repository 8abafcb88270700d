import type { Repository } from '../repository/repository';
import type { Environment } from '../platform/environment';

/** @returns the root of the checkout that holds `directory`: the nearest with `_FOSSIL_`, `.fslckout` or `.fos`; undefined when none */
export declare function findCheckout(environment: Environment, directory: string): Promise<string | undefined>;

/** An open checkout: the repository with the checkout database attached as schema `localdb`. */
export declare class Checkout {
  /**
   * @throws EngineError `not-a-checkout`, `not-a-repository`, `file-missing` (the repository has been moved)
   */
  static open(
    environment: Environment,
    root: string,
    options?: { mode?: 'read' | 'write'; allowPortableWrites?: boolean },
  ): Promise<Checkout>;
  readonly repository: Repository;
  /** Absolute, without a trailing separator. */
  readonly root: string;
  /** Current check-in; 0 in a checkout of an empty repository. */
  readonly current: number;
  variable(name: string): string | undefined;
  close(): void;
}
