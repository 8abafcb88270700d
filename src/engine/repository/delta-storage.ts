import { packContainer } from '../codec/container';
import { createDelta } from '../codec/delta-create';
import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import type { Zlib } from '../platform/zlib';
import type { ContentReader } from './content-reader';

/** Below this size in bytes neither side of a delta is worth it (fossil.md 5.5). */
export const SMALLEST_DELTIFIED = 50;
/** A delta is kept when it is shorter than this share of its target. */
export const DELTA_SHARE = 0.75;

export interface DeltaStorageOptions {
  db: Database;
  zlib: Zlib;
  reader: ContentReader;
  /** Called for every artifact that is stored otherwise than before. */
  onRestored: (rid: Rid) => void;
}

/** Which artifacts are stored as deltas of which: the `delta` table. */
export class DeltaStorage {
  readonly #db: Database;
  readonly #zlib: Zlib;
  readonly #reader: ContentReader;
  readonly #onRestored: (rid: Rid) => void;

  constructor({ db, zlib, reader, onRestored }: DeltaStorageOptions) {
    this.#db = db;
    this.#zlib = zlib;
    this.#reader = reader;
    this.#onRestored = onRestored;
  }

  /** The artifact that this one is stored as a delta of. */
  sourceOf(rid: Rid): Rid | undefined {
    return this.#db.prepare('SELECT srcid FROM delta WHERE rid=?').get<{ srcid: Rid }>(rid)?.srcid;
  }

  /** Artifacts that are stored as deltas of this one. */
  deltasOf(rid: Rid): Rid[] {
    return this.#rids('SELECT rid FROM delta WHERE srcid=?', rid);
  }

  /** Deltas that lead to a phantom: their content cannot be told yet. */
  dangling(): Rid[] {
    return this.#rids(
      `WITH RECURSIVE dangling(rid) AS (
         SELECT delta.rid FROM delta JOIN phantom ON phantom.rid=delta.srcid
         UNION SELECT delta.rid FROM delta JOIN dangling ON delta.srcid=dangling.rid
       ) SELECT rid FROM dangling ORDER BY rid`,
    );
  }

  /** @returns whether the chain of an artifact, itself included, leads through another one */
  leadsThrough(rid: Rid, other: Rid): boolean {
    const visited = new Set<Rid>();
    for (let current: Rid | undefined = rid; current !== undefined; current = this.sourceOf(current)) {
      if (current === other) return true;
      if (visited.has(current)) return false;
      visited.add(current);
    }
    return false;
  }

  /** @returns whether the artifact has content and its chain ends in a full text */
  isReadable(rid: Rid): boolean {
    const visited = new Set<Rid>();
    let current: Rid | null = rid;
    while (current !== null) {
      if (visited.has(current)) return false;
      visited.add(current);
      const row: { size: number; srcid: Rid | null } | undefined = this.#db
        .prepare('SELECT size, srcid FROM blob LEFT JOIN delta USING(rid) WHERE rid=?')
        .get<{ size: number; srcid: Rid | null }>(current);
      if (row === undefined || row.size < 0) return false;
      current = row.srcid;
    }
    return true;
  }

  /**
   * Re-stores `target` as a delta of the one of the sources that gives the shortest, when that saves enough (fossil.md 5.5).
   * @param options.force - also when it is a delta already
   * @returns bytes that are saved; 0 when it stays as it was
   */
  deltify(target: Rid, sources: readonly Rid[], options: { force?: boolean } = {}): number {
    if (options.force !== true && this.sourceOf(target) !== undefined) return 0;
    if (!this.isReadable(target)) return 0;
    const content = this.#reader.read(target);
    if (content.length < SMALLEST_DELTIFIED) return 0;
    let best: { source: Rid; delta: Uint8Array } | undefined;
    for (const source of sources) {
      const delta = this.#deltaAgainst(source, target, content);
      if (delta !== undefined && delta.length < (best?.delta.length ?? content.length * DELTA_SHARE))
        best = { source, delta };
    }
    if (best === undefined) return 0;
    const before = this.#storedBytes(target);
    const container = packContainer(this.#zlib, best.delta);
    this.#db.prepare('UPDATE blob SET content=? WHERE rid=?').run(container, target);
    this.#db.prepare('REPLACE INTO delta(rid,srcid) VALUES(?,?)').run(target, best.source);
    this.#onRestored(target);
    return before - container.length;
  }

  /** Re-stores an artifact as full text. */
  expand(rid: Rid): void {
    if (this.sourceOf(rid) === undefined) return;
    const content = this.#reader.read(rid);
    this.#db
      .prepare('UPDATE blob SET content=?, size=? WHERE rid=?')
      .run(packContainer(this.#zlib, content), content.length, rid);
    this.#db.prepare('DELETE FROM delta WHERE rid=?').run(rid);
    this.#onRestored(rid);
  }

  #deltaAgainst(source: Rid, target: Rid, content: Uint8Array): Uint8Array | undefined {
    if (source === target || !this.isReadable(source)) return undefined;
    if (this.#isPrivate(source) && !this.#isPrivate(target)) return undefined;
    if (this.#breakLoop(source, target)) return undefined;
    const from = this.#reader.read(source);
    return from.length < SMALLEST_DELTIFIED ? undefined : createDelta(from, content);
  }

  /**
   * A source whose own chain runs through the target becomes full text; only the next attempt finds it fit, as with Fossil.
   * @returns whether that was so
   */
  #breakLoop(source: Rid, target: Rid): boolean {
    let current = this.sourceOf(source);
    while (current !== undefined && current !== target) current = this.sourceOf(current);
    if (current !== target) return false;
    this.expand(source);
    return true;
  }

  #isPrivate(rid: Rid): boolean {
    return this.#db.prepare('SELECT 1 FROM private WHERE rid=?').get(rid) !== undefined;
  }

  #storedBytes(rid: Rid): number {
    return this.#db.prepare('SELECT length(content) AS n FROM blob WHERE rid=?').get<{ n: number }>(rid)?.n ?? 0;
  }

  #rids(sql: string, ...parameters: number[]): Rid[] {
    return this.#db
      .prepare(sql)
      .all<{ rid: Rid }>(...parameters)
      .map((row) => row.rid);
  }
}
