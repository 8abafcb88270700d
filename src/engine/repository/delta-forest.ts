import { hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';
import type { VerifyInput, VerifyItem } from './verify-task';

/** Stored bytes that one batch of whole trees holds at most, and bytes of full artifacts: so that all workers have about as much to do. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_CONTENT_BYTES = 24 * 1024 * 1024;
/** A tree is cut only where it holds more than this, as each cut costs the reading of what the next part builds on. */
const CUT_BYTES = 4 * BATCH_BYTES;
const CUT_CONTENT_BYTES = 384 * 1024 * 1024;
const NONE = -1;

/** A full text and its deltas, theirs, and so on. */
interface Tree {
  /** Of the full text. */
  place: number;
  /** Bytes of the full artifacts together, as far as is told. */
  size: number;
  /** Bytes of their containers together. */
  stored: number;
}

/** Artifacts to verify together, and which they are. */
export interface VerifyBatch {
  rids: Rid[];
  /** Bytes of each full artifact, as the repository tells. */
  sizes: number[];
  input: VerifyInput;
}

/** The stored artifacts as trees: full texts, and below each the deltas of it. In arrays of numbers, by the place of an artifact in `#rids`. */
export class DeltaForest {
  readonly #repository: Repository;
  /** In ascending order. */
  readonly #rids: Float64Array;
  /** The first delta of each, and the one behind each; {@link NONE}: none. The newest stands first, but see {@link #putLongestFirst}. */
  readonly #firstDelta: Int32Array;
  readonly #nextDelta: Int32Array;
  /** Bytes of each full artifact, as the repository tells. */
  readonly #sizes: Float64Array;
  readonly #trees: readonly Tree[];

  constructor(repository: Repository) {
    const { db } = repository;
    this.#repository = repository;
    const count = db.prepare('SELECT count(*) AS count FROM blob').get<{ count: number }>()?.count ?? 0;
    this.#rids = new Float64Array(count);
    this.#firstDelta = new Int32Array(count).fill(NONE);
    this.#nextDelta = new Int32Array(count).fill(NONE);
    this.#sizes = new Float64Array(count);
    const stored = new Float64Array(count);
    let next = 0;
    const sources = new Float64Array(count);
    for (const { rid, size, length, source } of db
      .prepare(
        `SELECT blob.rid AS rid, size, length(content) AS length, srcid AS source FROM blob LEFT JOIN delta ON delta.rid=blob.rid
          ORDER BY blob.rid`,
      )
      .iterate<{ rid: Rid; size: number; length: number | null; source: Rid | null }>()) {
      this.#rids[next] = rid;
      stored[next] = length ?? 0;
      sources[next] = source ?? NONE;
      this.#sizes[next++] = size;
    }
    for (let place = 0; place < count; place++) {
      const source = sources[place] === NONE ? NONE : this.#placeOf(sources[place] as Rid);
      if (source === NONE) continue;
      this.#nextDelta[place] = this.#firstDelta[source] ?? NONE;
      this.#firstDelta[source] = place;
    }
    const trees: Tree[] = [];
    for (let place = 0; place < count; place++) {
      if (sources[place] !== NONE || (this.#sizes[place] ?? 0) < 0) continue;
      const tree = this.#treeOf(place, stored);
      trees.push(tree);
      if (tree.stored > CUT_BYTES || tree.size > BATCH_CONTENT_BYTES) this.#putLongestFirst(tree, stored);
    }
    // The largest trees first: the last batches are then small, and no worker is left alone with one.
    this.#trees = trees.sort((a, b) => b.size - a.size);
  }

  /**
   * All artifacts that a full text leads to, every source before its deltas. Batches are read as they are asked for.
   * What no full text leads to (dangling deltas, loops) is left out. Somebody may write meanwhile: each artifact is taken as it is stored
   * when it is read, wherever it stood in the forest.
   *
   * @param compares - check-ins are to be compared with those near them
   * @param only - those alone
   */
  *batches(compares: boolean, only?: ReadonlySet<Rid>): Generator<VerifyBatch> {
    const read = this.#repository.db.prepare(
      `SELECT uuid AS hash, CAST(content AS BLOB) AS container, (SELECT srcid FROM delta WHERE rid=blob.rid) AS source
         FROM blob WHERE rid=? AND content IS NOT NULL`,
    );
    // Used for all: what is read goes into it at once, so that nothing of a batch outlives it.
    const packed = new ByteStack(CUT_BYTES);
    const begin = (): BatchBuilder => new BatchBuilder(this.#repository, compares, packed);
    let batch = begin();
    const stack: number[] = [];
    for (const tree of this.#trees) {
      if (batch.bytes > 0 && (batch.contentBytes >= BATCH_CONTENT_BYTES || batch.bytes + tree.stored > BATCH_BYTES)) {
        yield batch.finish();
        batch = begin();
      }
      stack.push(tree.place);
      for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
        const rid = this.#rids[place] as Rid;
        if (only === undefined || only.has(rid)) {
          const stored = read.get<StoredArtifact>(rid);
          if (stored === undefined) continue;
          const isFull = batch.bytes + stored.container.length > CUT_BYTES || batch.contentBytes > CUT_CONTENT_BYTES;
          if (batch.bytes > 0 && isFull) {
            yield batch.finish();
            batch = begin();
          }
          batch.add(rid, this.#sizes[place] ?? NONE, stored);
        }
        for (const delta of this.#deltasOf(place)) stack.push(delta);
      }
    }
    if (batch.bytes > 0) yield batch.finish();
  }

  #treeOf(root: number, stored: Float64Array): Tree {
    const tree = { place: root, size: 0, stored: 0 };
    const stack = [root];
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      tree.size += Math.max(0, this.#sizes[place] ?? 0);
      tree.stored += stored[place] ?? 0;
      for (const delta of this.#deltasOf(place)) stack.push(delta);
    }
    return tree;
  }

  /**
   * Of the deltas of an artifact the one that leads to the most bytes is put first, which is taken last: what a batch builds on then stands
   * mostly in that batch, or ends the one before. Else a long chain was walked first, and all that branches off from it built on what
   * earlier batches had held; and check-ins stood so far from their parents that few could be compared (CheckinNeighbours).
   */
  #putLongestFirst(tree: Tree, stored: Float64Array): void {
    const walk: number[] = [tree.place];
    for (const place of walk) for (const delta of this.#deltasOf(place)) walk.push(delta);
    const bytes = new Map<number, number>();
    for (const place of walk.reverse()) {
      let all = stored[place] ?? 0;
      let [longest, most] = [NONE, -1];
      let before = NONE;
      let last = NONE;
      for (const delta of this.#deltasOf(place)) {
        const below = bytes.get(delta) ?? 0;
        bytes.delete(delta);
        all += below;
        if (below > most) [longest, most, before] = [delta, below, last];
        last = delta;
      }
      bytes.set(place, all);
      if (before === NONE) continue;
      this.#nextDelta[before] = this.#nextDelta[longest] ?? NONE;
      this.#nextDelta[longest] = this.#firstDelta[place] ?? NONE;
      this.#firstDelta[place] = longest;
    }
  }

  *#deltasOf(place: number): Generator<number> {
    for (let delta = this.#firstDelta[place] ?? NONE; delta !== NONE; delta = this.#nextDelta[delta] ?? NONE)
      yield delta;
  }

  #placeOf(rid: Rid): number {
    const rids = this.#rids;
    // Mostly no rid is missing.
    if (rids[rid - 1] === rid) return rid - 1;
    let [low, high] = [0, rids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rids[middle] ?? 0) < rid) low = middle + 1;
      else high = middle;
    }
    return rids[low] === rid ? low : NONE;
  }
}

interface StoredArtifact {
  hash: Hash;
  container: Uint8Array;
  source: Rid | null;
}

class BatchBuilder {
  readonly #repository: Repository;
  readonly #rids: Rid[] = [];
  readonly #sizes: number[] = [];
  readonly #items: VerifyItem[] = [];
  readonly #bases: VerifyInput['bases'] = [];
  readonly #itemOf = new Map<Rid, number>();
  readonly #baseOf = new Map<Rid, number>();
  readonly #compares: boolean;
  readonly #packed: ByteStack;
  /** Of the full artifacts, as far as is told. */
  contentBytes = 0;

  constructor(repository: Repository, compares: boolean, packed: ByteStack) {
    this.#repository = repository;
    this.#compares = compares;
    this.#packed = packed;
  }

  get bytes(): number {
    return this.#packed.length;
  }

  add(rid: Rid, size: number, { hash, container, source }: StoredArtifact): void {
    this.#itemOf.set(rid, this.#items.length);
    this.#rids.push(rid);
    this.#sizes.push(size);
    this.contentBytes += Math.max(0, size);
    this.#items.push({
      hash,
      length: container.length,
      ...(source === null ? {} : { source: this.#locate(source) }),
    });
    this.#packed.push(container);
  }

  finish(): VerifyBatch {
    const containers = this.#packed.takeAll();
    return {
      rids: this.#rids,
      sizes: this.#sizes,
      input: { items: this.#items, containers, bases: this.#bases, compares: this.#compares },
    };
  }

  #locate(source: Rid): NonNullable<VerifyItem['source']> {
    const item = this.#itemOf.get(source);
    if (item !== undefined) return { item };
    let base = this.#baseOf.get(source);
    if (base === undefined) {
      base = this.#bases.push(this.#read(source)) - 1;
      this.#baseOf.set(source, base);
    }
    return { base };
  }

  #read(source: Rid): VerifyInput['bases'][number] {
    const { blobs } = this.#repository;
    try {
      return { hash: blobs.hash(source), content: blobs.contentApart(source) };
    } catch (error) {
      if (!hasCode(error, 'content-corrupt', 'artifact-missing')) throw error;
      return undefined;
    }
  }
}

/** Bytes one behind the other, in a buffer that is used again unless it had to grow. */
class ByteStack {
  length = 0;
  readonly #capacity: number;
  #buffer: Uint8Array<ArrayBuffer>;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#buffer = new Uint8Array(capacity);
  }

  push(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(end);
      larger.set(this.#buffer.subarray(0, this.length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.length);
    this.length = end;
  }

  /** @returns bytes that are the caller's own */
  takeAll(): Uint8Array<ArrayBuffer> {
    const isLarge = this.#buffer.length > this.#capacity;
    const bytes = isLarge ? this.#buffer.subarray(0, this.length) : this.#buffer.slice(0, this.length);
    if (isLarge) this.#buffer = new Uint8Array(this.#capacity);
    this.length = 0;
    return bytes;
  }
}
