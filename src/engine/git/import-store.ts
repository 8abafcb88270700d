import { parseArtifact } from '../artifact/parse';
import { packContainer, unpackContainer } from '../codec/container';
import { applyDelta } from '../codec/delta-apply';
import { createDelta } from '../codec/delta-create';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { DELTA_SHARE, SMALLEST_DELTIFIED } from '../repository/delta-storage';
import type { Repository } from '../repository/repository';
import { letGo } from '../platform/let-go';
import type { ListedFile } from './file-list';
import { type HeldText, HeldTexts } from './held-texts';

/** Full texts are held back up to this many bytes: most soon become deltas of their successors, and are then never compressed whole. */
const PENDING_BYTES = 44 << 20;
/** Beyond, a source is taken to lead anywhere. */
const LONGEST_CHAIN_FOLLOWED = 100;

interface StoredRow {
  rid: Rid;
  content: Uint8Array;
  source: Rid | null;
}

/**
 * Artifacts on their way into a repository file that nobody else has open. Older versions become deltas of newer ones as in Fossil.
 * All within the caller's transactions; `flush` ends the work.
 */
export class ImportStore {
  readonly #repository: Repository;
  readonly #base: Repository | undefined;
  readonly #algorithm: 'sha1' | 'sha3-256';
  readonly #pending = new HeldTexts(PENDING_BYTES);
  readonly #receivedId: number;
  #lastRid: number;

  /**
   * In a transaction.
   * @param base - a repository whose artifacts count as known and are not stored again
   * @param algorithm - how artifacts are named
   */
  constructor(repository: Repository, algorithm: 'sha1' | 'sha3-256', base?: Repository) {
    this.#repository = repository;
    this.#base = base;
    this.#algorithm = algorithm;
    repository.receivedFrom({ userId: 1, address: 'git-import' });
    this.#receivedId = repository.receivedId();
    this.#lastRid = repository.db.prepare('SELECT max(rid) AS rid FROM blob').get<{ rid: number | null }>()?.rid ?? 0;
  }

  /** @param content - the caller's no more: its memory is freed */
  add(content: Uint8Array): Hash {
    const hash = this.#repository.environment.hash.hex(this.#algorithm, content) as Hash;
    if (!this.has(hash)) {
      const rid = ++this.#lastRid as Rid;
      if (this.#pending.canHold(content.length)) this.#pending.add(hash, rid, content, this.#write);
      else this.#write(hash, { rid, content });
    }
    letGo(content, { least: 0 });
    return hash;
  }

  has(hash: Hash): boolean {
    return this.#pending.has(hash) || this.#repository.blobs.rid(hash) !== undefined || this.#isInBase(hash);
  }

  /** @returns bytes that hold until the next `add` @throws EngineError `artifact-missing` */
  content(hash: Hash): Uint8Array {
    const deltas: Uint8Array[] = [];
    for (let current = hash; ;) {
      const pending = this.#pending.get(current);
      const stored = pending === undefined ? this.#stored(current) : undefined;
      if (pending !== undefined || stored === undefined || stored.source === null) {
        let content = pending?.content ?? (stored === undefined ? this.#baseContent(current) : this.#unpack(stored));
        for (const delta of deltas.reverse()) content = applyDelta(content, delta);
        return content;
      }
      deltas.push(this.#unpack(stored));
      current = this.#pending.nameOf(stored.source) ?? this.#repository.blobs.hash(stored.source);
    }
  }

  /** The files of a check-in in any order. @returns undefined when it is none, or its baseline is not here */
  filesOf(checkin: Hash): ListedFile[] | undefined {
    const known = this.#isInBase(checkin) ? this.#base?.blobs.rid(checkin) : undefined;
    if (known !== undefined) {
      const files = this.#base?.checkins.files(known);
      return files === undefined ? undefined : [...files.values()];
    }
    const artifact = parseArtifact(this.content(checkin), this.#repository.environment.hash);
    if (artifact?.type !== 'checkin') return undefined;
    return artifact.files.flatMap(({ name, hash, permission }) =>
      hash === undefined ? [] : [{ name, hash, permission }],
    );
  }

  /**
   * Re-stores an artifact as a delta of one that came later, when that saves enough.
   * @param delta - makes the delta where the caller knows more of both than their bytes
   */
  deltify(older: Hash, newer: Hash, delta?: (source: Uint8Array, target: Uint8Array) => Uint8Array): void {
    const pending = this.#pending.get(older);
    const stored = pending === undefined ? this.#stored(older) : undefined;
    const rid = pending?.rid ?? stored?.rid;
    const sourceRid = this.#pending.get(newer)?.rid ?? this.#repository.blobs.rid(newer);
    if (
      rid === undefined ||
      sourceRid === undefined ||
      rid === sourceRid ||
      this.#leadsTo(sourceRid, rid) ||
      typeof stored?.source === 'number'
    )
      return;
    const target = pending?.content ?? this.content(older);
    const source = this.content(newer);
    if (source.length < SMALLEST_DELTIFIED || target.length < SMALLEST_DELTIFIED) return;
    const bytes = (delta ?? createDelta)(source, target);
    if (bytes.length >= target.length * DELTA_SHARE) return;
    const { db, environment } = this.#repository;
    const container = packContainer(environment.zlib, bytes);
    if (pending === undefined) db.prepare('UPDATE blob SET content=? WHERE rid=?').run(container, rid);
    else {
      this.#insert(older, pending, container);
      this.#pending.remove(older);
    }
    db.prepare('INSERT INTO delta(rid,srcid) VALUES(?,?)').run(rid, sourceRid);
  }

  /** Whether an artifact is a delta, or a delta of a delta and so on, of the other: storing that one as its delta would make a loop. */
  #leadsTo(from: Rid, to: Rid): boolean {
    const source = this.#repository.db.prepare('SELECT srcid FROM delta WHERE rid=?');
    let rid = from;
    for (let links = 0; links < LONGEST_CHAIN_FOLLOWED; links++) {
      const row = source.get<{ srcid: Rid }>(rid);
      if (row === undefined) return false;
      if (row.srcid === to) return true;
      rid = row.srcid;
    }
    return true;
  }

  /** Writes all that is held back. */
  flush(): void {
    this.#pending.clear(this.#write);
  }

  readonly #write = (hash: Hash, text: HeldText): void =>
    this.#insert(hash, text, packContainer(this.#repository.environment.zlib, text.content));

  #insert(hash: Hash, { rid, content }: HeldText, container: Uint8Array): void {
    this.#repository.db
      .prepare('INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(?,?,?,?,?)')
      .run(rid, this.#receivedId, content.length, hash, container);
  }

  #stored(hash: Hash): StoredRow | undefined {
    return this.#repository.db
      .prepare('SELECT rid, content, srcid AS source FROM blob LEFT JOIN delta USING(rid) WHERE uuid=?')
      .get<StoredRow>(hash);
  }

  #unpack(stored: StoredRow): Uint8Array {
    return unpackContainer(this.#repository.environment.zlib, stored.content);
  }

  #isInBase(hash: Hash): boolean {
    const rid = this.#base?.blobs.rid(hash);
    return rid !== undefined && this.#base?.blobs.isReadable(rid) === true;
  }

  #baseContent(hash: Hash): Uint8Array {
    const rid = this.#base?.blobs.rid(hash);
    if (rid === undefined || this.#base === undefined) {
      throw new EngineError('artifact-missing', `Artifact ${hash}, on which the stream builds, is not here.`);
    }
    return this.#base.blobs.content(rid);
  }
}
