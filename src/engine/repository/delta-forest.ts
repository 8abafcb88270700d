import type { Hash, Rid } from '../identifiers';
import type { Repository } from './repository';
import type { VerifyInput, VerifyItem } from './verify-task';

/** Stored bytes that one batch holds at most, unless a single artifact is larger. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Bytes of full artifacts from which on a batch takes no further tree: so that all workers have about as much to do. */
const BATCH_CONTENT_BYTES = 24 * 1024 * 1024;

/** Artifacts to verify together, and which they are. */
export interface VerifyBatch {
  rids: Rid[];
  input: VerifyInput;
}

/** An artifact with bytes. */
interface Sized {
  rid: Rid;
  size: number;
}

/** The stored artifacts as trees: full texts, and below each the deltas of it. */
export class DeltaForest {
  readonly #repository: Repository;
  readonly #children = new Map<Rid, Rid[]>();
  readonly #roots: Sized[];

  constructor(repository: Repository) {
    this.#repository = repository;
    const deltas = repository.db
      .prepare('SELECT rid, srcid FROM delta ORDER BY rid DESC')
      .all<{ rid: Rid; srcid: Rid }>();
    for (const { rid, srcid } of deltas) {
      const siblings = this.#children.get(srcid);
      if (siblings === undefined) this.#children.set(srcid, [rid]);
      else siblings.push(rid);
    }
    const sizes = new Map<Rid, number>();
    for (const { rid, size } of repository.db
      .prepare('SELECT rid, size FROM blob WHERE size>=0 ORDER BY rid')
      .all<Sized>())
      sizes.set(rid, size);
    const deltified = new Set(deltas.map((delta) => delta.rid));
    // The largest trees first: the last batches are then small, and no worker is left alone with one.
    this.#roots = [...sizes.keys()]
      .filter((rid) => !deltified.has(rid))
      .map((rid) => ({ rid, size: this.#sizeOfTree(rid, sizes) }))
      .sort((a, b) => b.size - a.size);
  }

  /**
   * All artifacts that a full text leads to, every source before its deltas. Batches are read as they are asked for.
   * What no full text leads to (dangling deltas, loops) is left out.
   *
   * @param compares - check-ins are to be compared with those near them
   */
  *batches(compares: boolean): Generator<VerifyBatch> {
    const read = this.#repository.db.prepare(
      'SELECT uuid AS hash, CAST(content AS BLOB) AS container FROM blob WHERE rid=? AND content IS NOT NULL',
    );
    // Used for all: what is read goes into it at once, so that nothing of a batch outlives it.
    const packed = new ByteStack(BATCH_BYTES);
    const begin = (): BatchBuilder => new BatchBuilder(this.#repository, compares, packed);
    let batch = begin();
    const stack: { rid: Rid; source: Rid | undefined }[] = [];
    let contentBytes = 0;
    for (const { rid: root, size } of this.#roots) {
      if (contentBytes >= BATCH_CONTENT_BYTES && batch.bytes > 0) {
        yield batch.finish();
        batch = begin();
        contentBytes = 0;
      }
      contentBytes += size;
      stack.push({ rid: root, source: undefined });
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        const stored = read.get<{ hash: Hash; container: Uint8Array }>(next.rid);
        if (stored === undefined) continue;
        if (batch.bytes > 0 && batch.bytes + stored.container.length > BATCH_BYTES) {
          yield batch.finish();
          batch = begin();
        }
        batch.add(next.rid, stored.hash, stored.container, next.source);
        for (const child of this.#children.get(next.rid) ?? []) stack.push({ rid: child, source: next.rid });
      }
    }
    if (batch.bytes > 0) yield batch.finish();
  }

  /** Bytes of the full artifacts of a tree together, as far as is told. */
  #sizeOfTree(root: Rid, sizes: ReadonlyMap<Rid, number>): number {
    let total = 0;
    const stack = [root];
    for (let rid = stack.pop(); rid !== undefined; rid = stack.pop()) {
      total += sizes.get(rid) ?? 0;
      for (const child of this.#children.get(rid) ?? []) stack.push(child);
    }
    return total;
  }
}

class BatchBuilder {
  readonly #repository: Repository;
  readonly #rids: Rid[] = [];
  readonly #items: VerifyItem[] = [];
  readonly #bases: VerifyInput['bases'] = [];
  readonly #itemOf = new Map<Rid, number>();
  readonly #baseOf = new Map<Rid, number>();
  readonly #compares: boolean;
  readonly #packed: ByteStack;

  constructor(repository: Repository, compares: boolean, packed: ByteStack) {
    this.#repository = repository;
    this.#compares = compares;
    this.#packed = packed;
  }

  get bytes(): number {
    return this.#packed.length;
  }

  add(rid: Rid, hash: Hash, container: Uint8Array, source: Rid | undefined): void {
    this.#itemOf.set(rid, this.#items.length);
    this.#rids.push(rid);
    this.#items.push({
      hash,
      length: container.length,
      ...(source === undefined ? {} : { source: this.#locate(source) }),
    });
    this.#packed.push(container);
  }

  finish(): VerifyBatch {
    const containers = this.#packed.takeAll();
    return {
      rids: this.#rids,
      input: { items: this.#items, containers, bases: this.#bases, compares: this.#compares },
    };
  }

  #locate(source: Rid): NonNullable<VerifyItem['source']> {
    const item = this.#itemOf.get(source);
    if (item !== undefined) return { item };
    let base = this.#baseOf.get(source);
    if (base === undefined) {
      const { blobs } = this.#repository;
      base = this.#bases.push({ hash: blobs.hash(source), content: blobs.contentApart(source) }) - 1;
      this.#baseOf.set(source, base);
    }
    return { base };
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
