import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';

/** The rids of all artifacts and file names, in memory: for work that asks for most of them. */
export class ArtifactIds {
  readonly #repository: Repository;
  readonly #rids = new Map<Hash, Rid>();
  readonly #hashes = new Map<Rid, Hash>();
  readonly #names = new Map<string, number>();
  readonly #private: ReadonlySet<Rid>;

  constructor(repository: Repository) {
    this.#repository = repository;
    const { db } = repository;
    for (const { rid, uuid } of db.prepare('SELECT rid, uuid FROM blob').all<{ rid: Rid; uuid: Hash }>()) {
      this.#rids.set(uuid, rid);
      this.#hashes.set(rid, uuid);
    }
    for (const { fnid, name } of db.prepare('SELECT fnid, name FROM filename').all<{ fnid: number; name: string }>()) {
      this.#names.set(name, fnid);
    }
    this.#private = new Set(
      db
        .prepare('SELECT rid FROM private')
        .all<{ rid: Rid }>()
        .map((row) => row.rid),
    );
  }

  /** @returns undefined for a name that nothing has mentioned */
  rid(hash: Hash): Rid | undefined {
    return this.#rids.get(hash);
  }

  /** @returns undefined for a rid that came later */
  hash(rid: Rid): Hash | undefined {
    return this.#hashes.get(rid);
  }

  /** Makes a phantom when the name is new, as {@link BlobStore.ridOrPhantom} does. */
  ridOrPhantom(hash: Hash): Rid {
    const known = this.#rids.get(hash);
    if (known !== undefined) return known;
    const rid = this.#repository.blobs.ridOrPhantom(hash);
    if (rid !== 0) this.#rids.set(hash, rid);
    return rid;
  }

  /** `filename.fnid`, made when the name is new. */
  fileName(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const id = this.#repository.db.prepare('INSERT INTO filename(name) VALUES(?)').run(name).lastInsertRowid;
    this.#names.set(name, id);
    return id;
  }

  /** Whether the artifact was private when this was made. */
  wasPrivate(rid: Rid): boolean {
    return this.#private.has(rid);
  }
}
