import { packContainer } from '../codec/container';
import { createDeltaOfLike } from '../codec/delta-create';
import type { Rid } from '../identifiers';
import { letGo } from '../platform/let-go';
import type { Database } from '../platform/sqlite';
import type { Zlib } from '../platform/zlib';
import type { ContentReader } from './content-reader';

/** Below this size in bytes neither side of a delta is worth it (fossil.md 5.5). */
export const SMALLEST_DELTIFIED = 50;
/** A delta is kept when it is shorter than this share of its target. */
export const DELTA_SHARE = 0.75;
/** Links from a newer version back to a full text, where newer ones have come as deltas of older ones. */
const LONGEST_BACKWARD = 12;
/** Artifacts known to be readable that are kept in mind at once. */
const KEPT_READABLE = 200_000;

export interface DeltaStorageOptions {
  db: Database;
  zlib: Zlib;
  reader: ContentReader;
  /** Called for every artifact that is stored otherwise than before. */
  onRestored: (rid: Rid) => void;
  /** @returns whether nobody else can change the file just now */
  isStable: () => boolean;
}

/** Which artifacts are stored as deltas of which: the `delta` table. */
export class DeltaStorage {
  readonly #db: Database;
  readonly #zlib: Zlib;
  readonly #reader: ContentReader;
  readonly #onRestored: (rid: Rid) => void;
  readonly #isStable: () => boolean;
  /** Found readable before: once so, an artifact stays it unless its content is given up. Good only while the file is stable, as the next one. */
  readonly #readable = new Set<Rid>();
  /** Deltas that nobody can read yet, and a phantom or another such delta to which each leads. */
  readonly #leadsTo = new Map<Rid, Rid>();
  /** Links to a full text, about: what is stored otherwise since does not count. */
  readonly #depths = new Map<Rid, number>();

  constructor({ db, zlib, reader, onRestored, isStable }: DeltaStorageOptions) {
    this.#db = db;
    this.#zlib = zlib;
    this.#reader = reader;
    this.#onRestored = onRestored;
    this.#isStable = isStable;
  }

  forgetAll(): void {
    this.#readable.clear();
    this.#leadsTo.clear();
    this.#depths.clear();
  }

  /** What was a delta that nobody could read has come whole: what is built on it can be read now. */
  noteWhole(rid: Rid): void {
    const met = new Set<Rid>([rid]);
    // Grows as it is walked.
    for (const link of met) {
      this.#leadsTo.delete(link);
      for (const delta of this.deltasOf(link)) met.add(delta);
    }
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
         SELECT delta.rid FROM phantom CROSS JOIN delta ON phantom.rid=delta.srcid
         UNION SELECT delta.rid FROM dangling CROSS JOIN delta ON delta.srcid=dangling.rid
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

  /** @returns whether the chain of an artifact, itself included, ends in a phantom */
  endsIn(rid: Rid, phantom: Rid): boolean {
    if (this.isReadable(rid)) return false;
    const end = this.#isStable() ? this.#leadsTo.get(rid) : undefined;
    return end === undefined ? this.leadsThrough(rid, phantom) : end === phantom;
  }

  /** @returns whether the artifact has content and its chain ends in a full text */
  isReadable(rid: Rid): boolean {
    const isStable = this.#isStable();
    const visited = new Set<Rid>();
    let current: Rid | null = rid;
    while (current !== null && !(isStable && this.#readable.has(current))) {
      if (visited.has(current)) return false;
      visited.add(current);
      const further: Rid | undefined = isStable ? this.#leadsTo.get(current) : undefined;
      if (further !== undefined) {
        current = further;
        continue;
      }
      const row: { size: number; srcid: Rid | null } | undefined = this.#db
        .prepare('SELECT size, srcid FROM blob LEFT JOIN delta USING(rid) WHERE rid=?')
        .get<{ size: number; srcid: Rid | null }>(current);
      if (row === undefined || row.size < 0) {
        if (isStable) for (const link of visited) if (link !== current) this.#leadsTo.set(link, current);
        return false;
      }
      current = row.srcid;
    }
    if (isStable) {
      if (this.#readable.size > KEPT_READABLE) this.#readable.clear();
      for (const link of visited) {
        this.#readable.add(link);
        this.#leadsTo.delete(link);
      }
    }
    return true;
  }

  /**
   * Stores a version of something as a delta of the next one. Where that has come as a delta of the former, both stay as they are, as long as
   * few such links lie between it and a full text: to turn them around costs much more than it saves.
   */
  deltifyFormer(former: Rid, next: Rid): void {
    if (this.sourceOf(next) !== former) this.deltify(former, [next]);
    else if (this.#depthOf(next) > LONGEST_BACKWARD && this.isReadable(next)) this.expand(next);
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
    letGo(content);
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
    const size = content.length;
    const container = packContainer(this.#zlib, content);
    letGo(content);
    this.#db.prepare('UPDATE blob SET content=?, size=? WHERE rid=?').run(container, size, rid);
    letGo(container, { withRoom: true });
    this.#db.prepare('DELETE FROM delta WHERE rid=?').run(rid);
    this.#depths.set(rid, 0);
    this.#onRestored(rid);
  }

  #deltaAgainst(source: Rid, target: Rid, content: Uint8Array): Uint8Array | undefined {
    if (source === target || !this.isReadable(source)) return undefined;
    if (this.#isPrivate(source) && !this.#isPrivate(target)) return undefined;
    if (this.#breakLoop(source, target)) return undefined;
    const from = this.#reader.read(source);
    const delta = from.length < SMALLEST_DELTIFIED ? undefined : createDeltaOfLike(from, content);
    letGo(from);
    return delta;
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

  #depthOf(rid: Rid): number {
    const chain: Rid[] = [];
    let current: Rid | undefined = rid;
    let depth: number | undefined;
    while (current !== undefined && depth === undefined && chain.length <= LONGEST_BACKWARD) {
      chain.push(current);
      current = this.sourceOf(current);
      depth = current === undefined ? -1 : this.#depths.get(current);
    }
    depth ??= 0;
    for (const link of chain.reverse()) this.#depths.set(link, ++depth);
    return depth;
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
