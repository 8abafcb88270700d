import type { Hash, Rid } from '../identifiers';

/** An artifact as `blob.content` and `delta` hold it. */
export interface StoredBlob {
  rid: Rid;
  hash: Hash;
  /** Bytes of the full artifact. */
  size: number;
  /** The artifact that `container` is a delta of. */
  source?: { rid: Rid; hash: Hash };
  /** Compressed container (fossil.md 1.3) of the full text or of the delta. */
  container: Uint8Array;
}

/** The `blob`, `delta`, `phantom`, `private`, `shun`, `unsent` and `unclustered` tables: artifacts by rid and by hash. */
export declare class BlobStore {
  rid(hash: Hash): Rid | undefined;
  /** @throws EngineError `artifact-missing` */
  hash(rid: Rid): Hash;
  /** @returns bytes of the full artifact, -1 for a phantom */
  size(rid: Rid): number;
  isPhantom(rid: Rid): boolean;
  isPrivate(rid: Rid): boolean;
  isShunned(hash: Hash): boolean;
  /** @returns whether the artifact's own row has content and its delta chain ends in a full text */
  isReadable(rid: Rid): boolean;
  /**
   * The full artifact, through its delta chain.
   * @throws EngineError `artifact-missing` for a phantom, `content-corrupt` for a chain that cannot be followed
   */
  content(rid: Rid): Uint8Array;
  stored(rid: Rid): StoredBlob | undefined;
  /**
   * Stores a full artifact, filling a phantom of its name. Hashes it; marks it unclustered (or private).
   * @param options.name - its name when that is known; otherwise the hash policy chooses
   * @param options.isUnsent - to be sent by the next push (locally made content)
   * @throws EngineError `hash-mismatch` when the content does not have that name
   */
  put(
    content: Uint8Array,
    options?: { name?: Hash; isPrivate?: boolean; isUnsent?: boolean },
  ): { rid: Rid; hash: Hash; isNew: boolean };
  /** @returns the artifact's rid, making a phantom when the name is new */
  ridOrPhantom(hash: Hash, options?: { isPrivate?: boolean }): Rid;
  /** Re-stores `target` as a delta of one of the sources when that saves enough (fossil.md 5.5). @returns whether it did */
  deltify(target: Rid, sources: readonly Rid[], options?: { force?: boolean }): boolean;
  /** Re-stores an artifact as full text. */
  expand(rid: Rid): void;
  /** Names of all phantoms that may be asked for: not shunned; private ones only on demand. */
  wanted(options?: { withPrivate?: boolean }): Hash[];
  unsent(): Rid[];
  clearUnsent(): void;
  unclustered(): Rid[];
  /** Highest rid. */
  highestRid(): Rid;
  /** Artifacts with content. */
  count(): number;
}
