import type { Environment } from '../platform/environment';
import type { Database } from '../platform/sqlite';
import type { BlobStore } from './blob-store';
import type { ConfigTable } from './config';

export interface RepositoryOptions {
  /** Default `write`. */
  mode?: 'read' | 'write';
  allowPortableWrites?: boolean;
  /** A file only we can have open: a clone's partial file. */
  isPrivate?: boolean;
}

/** An open `.fossil` file. Everything else in this folder works on one. */
export declare class Repository {
  /**
   * @throws EngineError `not-a-repository` when the file lacks Fossil's tables or its schema is out of Fossil's range,
   * `file-missing`, `file-access`
   */
  static open(environment: Environment, path: string, options?: RepositoryOptions): Repository;
  readonly environment: Environment;
  readonly path: string;
  readonly db: Database;
  readonly config: ConfigTable;
  readonly blobs: BlobStore;
  /** 40 hexadecimal digits; undefined in a clone that has not learnt it yet. */
  readonly projectCode: string | undefined;
  readonly serverCode: string;
  /**
   * One transaction (joins an outer one). Before it commits, leaves that were queued are checked and every artifact that was added or
   * re-deltified is read back and hashed (fossil.md 5.5).
   */
  transaction<T>(work: () => T): T;
  /** The `rcvfrom` row of the running transaction, made at its first use. */
  receivedFrom(origin: { userId?: number; nonce?: string; address?: string }): void;
  close(): void;
}
