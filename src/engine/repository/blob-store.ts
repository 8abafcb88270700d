import { hasName, hasUnforgedName } from '../codec/artifact-name';
import { packContainer } from '../codec/container';
import { deltaTargetSize } from '../codec/delta-apply';
import { EngineError, hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { letGo } from '../platform/let-go';
import { areSameBytes } from '../platform/same-bytes';
import type { Database } from '../platform/sqlite';
import type { ConfigTable } from './config';
import { ContentReader } from './content-reader';
import { DELTA_SHARE, DeltaStorage } from './delta-storage';
import { HashPolicy } from './hash-policy';

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

/** What the store needs from the transaction that it runs in. */
export interface StoreTransaction {
  /** rcvid of the running transaction. */
  receivedId(): number;
  /** Reads the artifact back and hashes it before the transaction commits. */
  verifyBeforeCommit(rid: Rid): void;
  /** @returns whether nobody else can change the file just now, so that what is known stays true */
  isStable(): boolean;
}

/** Names whose rids are kept at once. */
const KEPT_NAMES = 20_000;
/** Of full artifacts that are kept while others that build on them are verified. */
const VERIFIED_BYTES = 8 * 1024 * 1024;

interface StoredRow {
  uuid: Hash;
  size: number;
  content: Uint8Array;
  srcid: Rid | null;
  source: Hash | null;
}

/** The `blob`, `delta`, `phantom`, `private`, `shun`, `unsent` and `unclustered` tables: artifacts by rid and by hash. */
export class BlobStore {
  readonly #db: Database;
  readonly #environment: Environment;
  readonly #transaction: StoreTransaction;
  readonly #reader: ContentReader;
  readonly #deltas: DeltaStorage;
  /** Rids looked up before; good only while the file is stable. */
  readonly #known = new Map<Hash, Rid>();
  readonly hashPolicy: HashPolicy;

  constructor(db: Database, environment: Environment, config: ConfigTable, transaction: StoreTransaction) {
    this.#db = db;
    this.#environment = environment;
    this.#transaction = transaction;
    this.hashPolicy = new HashPolicy(db, config, environment.hash);
    this.#reader = new ContentReader(db, environment.zlib);
    this.#deltas = new DeltaStorage({
      db,
      zlib: environment.zlib,
      reader: this.#reader,
      onRestored: (rid) => transaction.verifyBeforeCommit(rid),
      isStable: () => transaction.isStable(),
    });
  }

  /** @param hash - a card may write it in upper case: that means the artifact, or else a phantom that has been named so */
  rid(hash: Hash): Rid | undefined {
    const isStable = this.#transaction.isStable();
    const known = isStable ? this.#known.get(hash) : undefined;
    if (known !== undefined) return known;
    const find = this.#db.prepare('SELECT rid, uuid FROM blob WHERE uuid=?');
    const lowerCase = hash.toLowerCase();
    // The row's own name is kept: one that was cut out of a manifest would hold on to its text.
    let row = find.get<{ rid: Rid; uuid: Hash }>(lowerCase);
    if (row === undefined && hash !== lowerCase) row = find.get<{ rid: Rid; uuid: Hash }>(hash);
    if (row === undefined) return undefined;
    // Once the artifact itself has come, the phantom is meant no more.
    if (isStable && row.uuid === lowerCase) {
      if (this.#known.size >= KEPT_NAMES) this.#known.clear();
      this.#known.set(row.uuid, row.rid);
    }
    return row.rid;
  }

  /** @throws EngineError `artifact-missing` */
  hash(rid: Rid): Hash {
    return this.#row(rid).uuid;
  }

  /** @returns bytes of the full artifact, -1 for a phantom */
  size(rid: Rid): number {
    return this.#row(rid).size;
  }

  isPhantom(rid: Rid): boolean {
    return this.#exists('SELECT 1 FROM phantom WHERE rid=?', rid);
  }

  isPrivate(rid: Rid): boolean {
    return this.#exists('SELECT 1 FROM private WHERE rid=?', rid);
  }

  /** @returns whether an artifact of that name is to stay out: named by `shun`, or refused by the hash policy */
  isShunned(hash: Hash): boolean {
    return this.hashPolicy.refuses(hash) || this.#exists('SELECT 1 FROM shun WHERE uuid=?', hash);
  }

  /** @returns whether the artifact has content and its delta chain ends in a full text */
  isReadable(rid: Rid): boolean {
    return this.#deltas.isReadable(rid);
  }

  /**
   * The full artifact, through its delta chain. The caller must not change the bytes.
   * @throws EngineError `artifact-missing` for a phantom, `content-corrupt` for a chain that cannot be followed
   */
  content(rid: Rid): Uint8Array {
    return this.#reader.read(rid);
  }

  /** As {@link content}, where the next to be read stands far from it in its chain. */
  contentApart(rid: Rid): Uint8Array {
    return this.#reader.readApart(rid);
  }

  /** The full artifact, or undefined when it or what it is a delta of has not been received. */
  contentIfHere(rid: Rid): Uint8Array | undefined {
    try {
      return this.content(rid);
    } catch (error) {
      if (hasCode(error, 'artifact-missing')) return undefined;
      throw error;
    }
  }

  /** The full artifact as the file holds it, past the cache. */
  storedContent(rid: Rid): Uint8Array {
    return this.#reader.readStored(rid);
  }

  stored(rid: Rid): StoredBlob | undefined {
    const row = this.#db
      .prepare(
        `SELECT b.uuid, b.size, CAST(b.content AS BLOB) AS content, d.srcid, s.uuid AS source FROM blob b
           LEFT JOIN delta d ON d.rid=b.rid LEFT JOIN blob s ON s.rid=d.srcid
          WHERE b.rid=? AND b.content IS NOT NULL`,
      )
      .get<StoredRow>(rid);
    if (row === undefined) return undefined;
    return {
      rid,
      hash: row.uuid,
      size: row.size,
      container: row.content,
      ...(row.srcid !== null && row.source !== null ? { source: { rid: row.srcid, hash: row.source } } : {}),
    };
  }

  /**
   * Stores a full artifact, filling a phantom of its name. Marks it unclustered (or private).
   * @param options.name - the name under which others have sent it; otherwise the hash policy chooses
   * @param options.isNamed - the content has been found to have that name by {@link hasUnforgedName}
   * @param options.isUnsent - to be sent by the next push (locally made content)
   * @param options.isGivenUp - nobody needs the content any more: when it is large, it is let go of before the store takes copies of its own
   * @param options.delta - the content as a delta of another artifact, which can be read: it is stored as that where it saves enough
   * @throws EngineError `hash-mismatch` when the content does not have that name, or was made to share it with other content
   */
  put(
    content: Uint8Array,
    options: {
      name?: Hash;
      isNamed?: boolean;
      isPrivate?: boolean;
      isUnsent?: boolean;
      isGivenUp?: boolean;
      delta?: { source: Rid; payload: Uint8Array };
    } = {},
  ): { rid: Rid; hash: Hash; isNew: boolean } {
    const { hash: hashing } = this.#environment;
    if (options.name !== undefined && options.isNamed !== true && !hasUnforgedName(hashing, content, options.name))
      throw misnamed(options.name);
    const hash = options.name ?? this.hashPolicy.nameFor(content, (name) => this.rid(name) !== undefined);
    const size = content.length;
    const saves = options.delta !== undefined && options.delta.payload.length < size * DELTA_SHARE;
    const delta = saves ? options.delta : undefined;
    const container = packContainer(this.#environment.zlib, delta?.payload ?? content);
    if (options.isGivenUp === true) letGo(content);
    const { rid, isNew } = this.#fill(hash, size, container, options);
    letGo(container, { withRoom: true });
    if (isNew) {
      // What was kept undigested before it has come whole, and what is built on it can be read.
      if (this.#db.prepare('DELETE FROM delta WHERE rid=?').run(rid).changes > 0) this.#deltas.noteWhole(rid);
      if (delta !== undefined) this.#db.prepare('INSERT INTO delta(rid,srcid) VALUES(?,?)').run(rid, delta.source);
      if (content.length === size) this.#reader.remember(rid, content);
    }
    return { rid, hash, isNew };
  }

  /**
   * Stores a delta whose source is not here yet, undigested: nothing verifies it until the source arrives.
   * @param source - the source's rid: a phantom, or another such delta
   * @throws EngineError `hash-mismatch` when the source came just now and is in the end a delta of this one: nothing can ever resolve them
   */
  putDangling(hash: Hash, delta: Uint8Array, source: Rid, options: { isPrivate?: boolean } = {}): Rid {
    const known = this.rid(hash);
    const wasPhantom = known !== undefined && this.isPhantom(known);
    if (
      known !== undefined &&
      (wasPhantom ? this.#deltas.endsIn(source, known) : this.#deltas.leadsThrough(source, known))
    ) {
      if (source === known || this.#isOfThisTransaction(source))
        throw new EngineError(
          'hash-mismatch',
          `Artifact ${hash} arrived as a delta of itself. It was damaged or forged on its way; nothing of it has been kept.`,
        );
      // Two senders, or one at two times, may build the one on the other and the other way round: what came first is asked for anew.
      this.makePhantom(source);
    }
    const container = packContainer(this.#environment.zlib, delta);
    const { rid, isNew } = this.#fill(hash, deltaTargetSize(delta), container, options, false);
    if (isNew) {
      this.#db.prepare('REPLACE INTO delta(rid,srcid) VALUES(?,?)').run(rid, source);
      // It may have been a delta of something else.
      if (known !== undefined && !wasPhantom) this.#deltas.forgetAll();
    }
    return rid;
  }

  /**
   * @param options.isPrivate - asked when the name is new
   * @returns the artifact's rid, making a phantom when the name is new; 0, which is no artifact, for a new name that is shunned
   */
  ridOrPhantom(hash: Hash, options: { isPrivate?: boolean | (() => boolean) } = {}): Rid {
    return this.rid(hash) ?? this.phantomOf(hash, options);
  }

  /** The same for a name that is not known yet. */
  phantomOf(hash: Hash, { isPrivate = false }: { isPrivate?: boolean | (() => boolean) } = {}): Rid {
    if (this.isShunned(hash)) return 0 as Rid;
    const rid = this.#db.prepare('INSERT INTO blob(rcvid,size,uuid,content) VALUES(0,-1,?,NULL)').run(hash)
      .lastInsertRowid as Rid;
    this.#db.prepare('INSERT OR IGNORE INTO phantom VALUES(?)').run(rid);
    this.#markNew(rid, typeof isPrivate === 'function' ? isPrivate() : isPrivate);
    this.#environment.faults?.at('phantom-made');
    return rid;
  }

  /**
   * Re-stores `target` as a delta of one of the sources when that saves enough (fossil.md 5.5).
   * @param options.force - also when it is a delta already
   * @returns bytes that are saved; 0 when it stays as it was
   */
  deltify(target: Rid, sources: readonly Rid[], options: { force?: boolean } = {}): number {
    return this.#deltas.deltify(target, sources, options);
  }

  /** The same for a version of something and the next one, which has come, possibly as a delta of it: then it may stay that. */
  deltifyFormer(former: Rid, next: Rid): void {
    this.#deltas.deltifyFormer(former, next);
  }

  /** Re-stores an artifact as full text. */
  expand(rid: Rid): void {
    this.#deltas.expand(rid);
  }

  /**
   * Reads artifacts back from the file, past what is remembered of them.
   * @throws EngineError `hash-mismatch`, `content-corrupt` when what the file holds does not have its name
   */
  verify(rids: Iterable<Rid>): void {
    // Of a chain, each link is read once.
    const stored = new ContentReader(this.#db, this.#environment.zlib, VERIFIED_BYTES);
    for (const rid of rids) {
      const content = stored.read(rid);
      this.#verify(rid, content);
      letGo(content);
    }
  }

  /** Gives up content that is not what its name says, or cannot be told: the artifact is known by name only again. */
  makePhantom(rid: Rid): void {
    this.#db.prepare('UPDATE blob SET rcvid=0, size=-1, content=NULL WHERE rid=?').run(rid);
    this.#db.prepare('DELETE FROM delta WHERE rid=?').run(rid);
    this.#db.prepare('INSERT OR IGNORE INTO phantom VALUES(?)').run(rid);
    this.#reader.forget(rid);
    this.#deltas.forgetAll();
  }

  /** Artifacts that are stored as deltas of this one. */
  deltasOf(rid: Rid): Rid[] {
    return this.#deltas.deltasOf(rid);
  }

  /**
   * Makes a private artifact public: it may be announced now.
   * @param options.isUnsent - to be sent by the next push; default true
   */
  makePublic(rid: Rid, options: { isUnsent?: boolean } = {}): void {
    if (!this.isPrivate(rid)) return;
    this.#db.prepare('DELETE FROM private WHERE rid=?').run(rid);
    this.#db.prepare('INSERT OR IGNORE INTO unclustered VALUES(?)').run(rid);
    if (options.isUnsent !== false) this.#db.prepare('INSERT OR IGNORE INTO unsent VALUES(?)').run(rid);
  }

  /** Names of all phantoms that may be asked for: not shunned; private ones only on demand. */
  wanted(options: { withPrivate?: boolean } = {}): Hash[] {
    return this.#db
      .prepare(
        `SELECT uuid FROM phantom JOIN blob USING(rid)
          WHERE NOT EXISTS(SELECT 1 FROM shun WHERE uuid=blob.uuid)
            AND (? OR NOT EXISTS(SELECT 1 FROM private WHERE rid=blob.rid))
          ORDER BY rid`,
      )
      .all<{ uuid: Hash }>(options.withPrivate === true ? 1 : 0)
      .map((row) => row.uuid);
  }

  unsent(): Rid[] {
    return this.#rids('SELECT rid FROM unsent EXCEPT SELECT rid FROM private ORDER BY rid');
  }

  /** What a server has now. */
  removeUnsent(hashes: Iterable<Hash>): void {
    const remove = this.#db.prepare('DELETE FROM unsent WHERE rid=(SELECT rid FROM blob WHERE uuid=?)');
    for (const hash of hashes) remove.run(hash);
  }

  /** Deltas that lead to a phantom: their content cannot be told yet. */
  danglingDeltas(): Rid[] {
    return this.#deltas.dangling();
  }

  /** Artifacts with content. */
  count(): number {
    return this.#db.prepare('SELECT count(*) AS n FROM blob WHERE size>=0').get<{ n: number }>()?.n ?? 0;
  }

  /** Drops what is held in memory, after a rollback or when somebody else may have written. */
  forgetAll(): void {
    this.#reader.forgetAll();
    this.#deltas.forgetAll();
    this.#known.clear();
  }

  #verify(rid: Rid, stored: Uint8Array): void {
    const known = this.#reader.remembered(rid);
    // What has been hashed on its way in need only be compared.
    if (known !== undefined && areSameBytes(known, stored)) return;
    const { uuid } = this.#row(rid);
    if (!hasName(this.#environment.hash, stored, uuid)) throw misnamed(uuid);
  }

  #isOfThisTransaction(rid: Rid): boolean {
    return this.#exists(`SELECT 1 FROM blob WHERE rid=? AND rcvid=${this.#transaction.receivedId()}`, rid);
  }

  #row(rid: Rid): { uuid: Hash; size: number } {
    const row = this.#db.prepare('SELECT uuid, size FROM blob WHERE rid=?').get<{ uuid: Hash; size: number }>(rid);
    if (row === undefined)
      throw new EngineError('artifact-missing', 'The repository lacks an artifact that it refers to.');
    return row;
  }

  #exists(sql: string, parameter: Rid | Hash): boolean {
    return this.#db.prepare(sql).get(parameter) !== undefined;
  }

  #rids(sql: string, ...parameters: number[]): Rid[] {
    return this.#db
      .prepare(sql)
      .all<{ rid: Rid }>(...parameters)
      .map((row) => row.rid);
  }

  #fill(
    hash: Hash,
    size: number,
    container: Uint8Array,
    options: { isPrivate?: boolean; isUnsent?: boolean },
    verify = true,
  ): { rid: Rid; isNew: boolean } {
    let rid = this.rid(hash);
    const isPrivate = options.isPrivate ?? false;
    if (rid !== undefined && this.isReadable(rid)) return { rid, isNew: false };
    this.hashPolicy.notice(hash);
    const receivedId = this.#transaction.receivedId();
    if (rid === undefined) {
      rid = this.#db
        .prepare('INSERT INTO blob(rcvid,size,uuid,content) VALUES(?,?,?,?)')
        .run(receivedId, size, hash, container).lastInsertRowid as Rid;
      this.#markNew(rid, isPrivate);
    } else {
      this.#db.prepare('UPDATE blob SET rcvid=?, size=?, content=? WHERE rid=?').run(receivedId, size, container, rid);
      this.#db.prepare('DELETE FROM phantom WHERE rid=?').run(rid);
      if (isPrivate) {
        this.#db.prepare('INSERT OR IGNORE INTO private VALUES(?)').run(rid);
        this.#db.prepare('DELETE FROM unclustered WHERE rid=?').run(rid);
      }
    }
    if (options.isUnsent === true && !isPrivate) this.#db.prepare('INSERT OR IGNORE INTO unsent VALUES(?)').run(rid);
    if (verify) this.#transaction.verifyBeforeCommit(rid);
    return { rid, isNew: true };
  }

  #markNew(rid: Rid, isPrivate: boolean): void {
    this.#db.prepare(`INSERT OR IGNORE INTO ${isPrivate ? 'private' : 'unclustered'} VALUES(?)`).run(rid);
  }
}

function misnamed(hash: Hash): EngineError {
  return new EngineError(
    'hash-mismatch',
    `The content of artifact ${hash} does not match its name. It was damaged or forged on its way; nothing of it has been kept.`,
  );
}
