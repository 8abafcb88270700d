import { byteTextOf } from '../codec/byte-text';
import { unpackName } from '../codec/packed-name';
import type { Hash, Rid } from '../identifiers';
import { NameIndex } from './name-index';
import type { Repository } from './repository';
import type { RepositoryFacts } from './repository-facts';

/** The rids of all artifacts and file names, in memory: for work that asks for most of them. */
export class ArtifactIds {
  readonly #repository: Repository;
  readonly #rids: NameIndex;
  readonly #names = new Map<string, number>();
  readonly #private: ReadonlySet<Rid>;

  /**
   * @param verified.sizes - has the artifacts whose content has been found to have their name
   * @param verified.names - the names of those, which are taken over
   */
  constructor(repository: Repository, verified: Pick<RepositoryFacts, 'sizes' | 'names'>) {
    this.#repository = repository;
    const { db } = repository;
    const { sizes, names } = verified;
    this.#rids = names ?? new NameIndex();
    const { count } = db.prepare('SELECT count(*) AS count FROM blob').get<{ count: number }>() ?? { count: 0 };
    if (names === undefined || sizes.size < count) {
      for (const { rid, uuid } of db.prepare('SELECT rid, uuid FROM blob').iterate<{ rid: Rid; uuid: Hash }>()) {
        const isProven = sizes.has(rid);
        if (names === undefined || !isProven) this.#rids.add(uuid, rid, { isProven });
      }
    }
    for (const { fnid, name } of db
      .prepare('SELECT fnid, CAST(name AS BLOB) AS name FROM filename')
      .all<{ fnid: number; name: Uint8Array }>()) {
      this.#names.set(byteTextOf(name), fnid);
    }
    const rows = db.prepare('SELECT rid FROM private').all<{ rid: Rid }>();
    this.#private = new Set(rows.map((row) => row.rid));
  }

  /** @returns undefined for a name that nothing has mentioned */
  rid(hash: Hash): Rid | undefined {
    return this.#rids.rid(hash);
  }

  /** As {@link rid}, of a packed name that stands at `at`. */
  ridOfPacked(bytes: Uint8Array, at: number): Rid | undefined {
    return this.#rids.ridOfPacked(bytes, at);
  }

  /** Makes a phantom when the name is new, as {@link BlobStore.ridOrPhantom} does. */
  ridOrPhantom(hash: Hash): Rid {
    return this.#rids.rid(hash) ?? this.#makePhantom(hash);
  }

  /** As {@link ridOrPhantom}, of a packed name that stands at `at`. */
  ridOrPhantomOfPacked(bytes: Uint8Array, at: number): Rid {
    return this.#rids.ridOfPacked(bytes, at) ?? this.#makePhantom(unpackName(bytes, at));
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

  #makePhantom(hash: Hash): Rid {
    const rid = this.#repository.blobs.ridOrPhantom(hash);
    if (rid !== 0) this.#rids.add(hash, rid, { isProven: false });
    return rid;
  }
}
