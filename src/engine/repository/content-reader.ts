import { applyDelta } from '../codec/delta-apply';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import { unpackContainer } from '../codec/container';
import { EngineError, hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { letGo } from '../platform/let-go';
import type { Database } from '../platform/sqlite';
import type { Zlib } from '../platform/zlib';
import { BufferPool } from './buffer-pool';
import { ContentCache } from './content-cache';

/** Bytes of full artifacts kept in memory. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** Copies of larger contents are not made. */
const LARGEST_REMEMBERED = 1024 * 1024;
/** Along a chain, every so manieth intermediate is kept: the next reader starts near. */
const CACHE_STRIDE = 8;

interface ChainRow {
  uuid: Hash;
  size: number;
  content: Uint8Array | null;
  srcid: Rid | null;
}

interface ChainLink {
  rid: Rid;
  container: Uint8Array;
}

/** What a reading of a chain leaves in the cache: it is not even looked at, only the artifact itself, or intermediates, too. */
type Caching = 'none' | 'result' | 'intermediates';

/** Reads artifacts through their delta chains, with a bounded cache. */
export class ContentReader {
  readonly #db: Database;
  readonly #zlib: Zlib;
  readonly #cache: ContentCache;
  /** For the intermediates of a chain: its length times an artifact would else be left to the collector. */
  readonly #buffers = new BufferPool();

  /** @param cacheBytes - of full artifacts that are kept in memory */
  constructor(db: Database, zlib: Zlib, cacheBytes = CACHE_BYTES) {
    this.#db = db;
    this.#zlib = zlib;
    this.#cache = new ContentCache(cacheBytes);
  }

  /**
   * @returns the full artifact; the caller must not change the bytes, but may let go of them: what is large is not kept
   * @throws EngineError `artifact-missing` for a phantom or a chain that ends in one, `content-corrupt` for one that cannot be followed
   */
  read(rid: Rid): Uint8Array {
    return this.#cache.get(rid) ?? this.#follow(rid, 'intermediates');
  }

  /** As {@link read}, where the next to be read stands far from it. */
  readApart(rid: Rid): Uint8Array {
    return this.#cache.get(rid) ?? this.#follow(rid, 'result');
  }

  /** Reads from the file alone, past the cache: to verify what has been stored. */
  readStored(rid: Rid): Uint8Array {
    return this.#follow(rid, 'none');
  }

  /** Keeps a copy of a content that has the artifact's name: what comes is often a view into something much longer. */
  remember(rid: Rid, content: Uint8Array): void {
    this.forget(rid);
    if (content.length <= LARGEST_REMEMBERED)
      this.#cache.add(rid, new Uint8Array(content), { isNamed: true, isOwn: true });
  }

  /** What was remembered of the artifact and is still in memory. */
  remembered(rid: Rid): Uint8Array | undefined {
    return this.#cache.named(rid);
  }

  forget(rid: Rid): void {
    this.#cache.remove(rid);
  }

  forgetAll(): void {
    this.#cache.clear();
  }

  #follow(rid: Rid, caching: Caching): Uint8Array {
    const deltas: ChainLink[] = [];
    const visited = new Set<Rid>();
    let name: Hash | undefined;
    let current = rid;
    let content: Uint8Array | undefined;
    while (content === undefined) {
      if (visited.has(current)) throw corrupt(name, 'its deltas form a loop');
      visited.add(current);
      const row = this.#row(current);
      name ??= row?.uuid;
      if (row === undefined || row.content === null) throw missing(name);
      const link = { rid: current, container: row.content };
      if (row.srcid === null) {
        content = this.#unpack(link, name);
        if (caching === 'intermediates') this.#cache.add(current, content, { isOwn: current !== rid });
      } else {
        deltas.push(link);
        current = row.srcid;
        if (caching !== 'none') content = this.#cache.get(current);
      }
    }
    let pooled: Uint8Array<ArrayBuffer> | undefined;
    for (let index = deltas.length - 1; index >= 0; index--) {
      const link = deltas[index];
      if (link === undefined) break;
      const isKept = index === 0 || (caching === 'intermediates' && index % CACHE_STRIDE === 0);
      const next = this.#apply(content, link, name, isKept ? undefined : this.#buffers.take);
      if (pooled !== undefined) this.#buffers.give(pooled);
      else letGo(content);
      pooled = isKept ? undefined : next;
      content = next;
      if (isKept && caching !== 'none') this.#cache.add(link.rid, content, { isOwn: index > 0 });
    }
    return content;
  }

  #row(rid: Rid): ChainRow | undefined {
    return this.#db
      .prepare(
        'SELECT uuid, size, CAST(content AS BLOB) AS content, srcid FROM blob LEFT JOIN delta USING(rid) WHERE rid=?',
      )
      .get<ChainRow>(rid);
  }

  #unpack(link: ChainLink, name: Hash | undefined): Uint8Array {
    try {
      return unpackContainer(this.#zlib, link.container, LARGEST_ARTIFACT);
    } catch (error) {
      throw corrupt(name, 'its compressed content is damaged', error);
    } finally {
      letGo(link.container);
    }
  }

  #apply(
    source: Uint8Array,
    link: ChainLink,
    name: Hash | undefined,
    allocate: BufferPool['take'] | undefined,
  ): Uint8Array<ArrayBuffer> {
    const delta = this.#unpack(link, name);
    try {
      const content = applyDelta(source, delta, allocate);
      letGo(delta);
      return content;
    } catch (error) {
      if (hasCode(error, 'delta-malformed', 'artifact-too-large'))
        throw corrupt(name, 'one of its deltas does not fit', error);
      throw error;
    }
  }
}

function missing(name: Hash | undefined): EngineError {
  return new EngineError(
    'artifact-missing',
    name === undefined
      ? 'The repository lacks an artifact that was asked for.'
      : `The repository knows artifact ${name} by name only; its content has not been received. Sync to fetch it.`,
  );
}

function corrupt(name: Hash | undefined, why: string, cause?: unknown): EngineError {
  return new EngineError(
    'content-corrupt',
    `Artifact ${name ?? '(unknown)'} cannot be read: ${why}. The repository is damaged; clone it again or restore a backup.`,
    { cause },
  );
}
