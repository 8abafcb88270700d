import { hasUnforgedName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { applyDelta } from '../codec/delta-apply';
import { artifactLimit, LARGEST_ARTIFACT } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import type { StoredBlob } from './blob-store';
import type { CrosslinkSession } from './crosslink-session';
import { receiveArtifact, type ReceivedArtifact } from './receive';
import type { Repository } from './repository';

/** So many, where they are short, are settled together with what they wait for. */
const AT_ONCE = { artifacts: 100, bytes: 4 * 1024 * 1024 };
/** Bytes of contents along a chain that are held: others are made anew when their turn comes, from the nearest that is. */
const MOST_HELD = 48 * 1024 * 1024;

/** One of those that wait, a delta of the one before it in the chain. */
interface Link {
  rid: Rid;
  hash: Hash;
  content: Uint8Array | undefined;
  /** Deltas of it that have not been looked at. */
  waiting: Rid[];
  /** Those that are stored, in full. */
  settled: Rid[];
}

/**
 * The deltas that wait for an artifact that has come, and those that wait for them, where that is much. Each is stored in full before what it is a delta
 * of, as if it had come so, and as a delta again behind that: a transaction may end behind each step, and leaves a consistent repository. What is built
 * on the artifact itself stays whole, unless a check-in finds it to be a version of something.
 */
export class WaitingDeltas {
  readonly #repository: Repository;
  /** The artifact, and a chain of deltas from there. */
  readonly #root: Link;
  readonly #chain: Link[] = [];
  readonly #met = new Set<Rid>();
  /** Stored, as is what they came as deltas of, whose deltas they can be again. */
  #stored: { rid: Rid; source: Rid }[] = [];
  /** Bytes of the contents in the chain. */
  #held = 0;

  private constructor(repository: Repository, root: { rid: Rid; hash: Hash; content: Uint8Array }) {
    this.#repository = repository;
    this.#root = { ...root, waiting: repository.blobs.deltasOf(root.rid), settled: [] };
  }

  /**
   * @param artifact - about to be stored
   * @returns undefined where little waits for it, which `receiveArtifact` settles, or its content cannot be told
   */
  static of(repository: Repository, artifact: ReceivedArtifact): WaitingDeltas | undefined {
    const { blobs } = repository;
    const { hash } = artifact;
    const rid = blobs.rid(hash);
    if (rid === undefined || !areMany(repository, rid) || blobs.isReadable(rid) || blobs.isShunned(hash))
      return undefined;
    const content = contentOf(repository, artifact);
    return content && new WaitingDeltas(repository, { rid, hash, content });
  }

  /** Does a part of it. @returns false when the artifact may be stored */
  settleNext(session: CrosslinkSession): boolean {
    // Another one may have brought the artifact since the last transaction: what waited is settled then.
    if (this.#repository.blobs.isReadable(this.#root.rid)) return false;
    const stored = this.#stored.pop();
    if (stored !== undefined) {
      this.#repository.blobs.deltify(stored.rid, [stored.source]);
      return true;
    }
    const last = this.#chain.at(-1) ?? this.#root;
    const { rid, hash, content, settled } = last;
    const next = last.waiting.at(-1);
    if (next === undefined && last === this.#root) return false;
    if (content === undefined) this.#restore();
    else if (next === undefined) {
      this.#chain.pop();
      this.#held -= content.length;
      this.#store(session, { rid, hash, content });
      this.#stored = settled.map((target) => ({ rid: target, source: rid }));
      (this.#chain.at(-1) ?? this.#root).settled.push(rid);
    } else {
      last.waiting.pop();
      this.#lookAt(next, { rid, hash, content });
    }
    return true;
  }

  #lookAt(rid: Rid, source: { rid: Rid; hash: Hash; content: Uint8Array }): void {
    const { blobs, environment } = this.#repository;
    const stored = blobs.stored(rid);
    // Others may have changed it since the last transaction.
    if (stored === undefined || !isDeltaOf(stored, source) || this.#met.has(rid)) return;
    this.#met.add(rid);
    const content = applied(environment, source.content, stored);
    if (content !== undefined && hasUnforgedName(environment.hash, content, stored.hash)) {
      this.#chain.push({ rid, hash: stored.hash, content, waiting: blobs.deltasOf(rid), settled: [] });
      this.#hold(content);
    } else {
      // It came with an earlier message, and is asked for anew.
      blobs.makePhantom(rid);
    }
  }

  /** Nothing builds on it any more. Others may have removed it since it was looked at. */
  #store(session: CrosslinkSession, { rid, hash, content }: { rid: Rid; hash: Hash; content: Uint8Array }): void {
    const { blobs } = this.#repository;
    if (blobs.rid(hash) !== rid) return;
    const isPrivate = blobs.isPrivate(rid);
    receiveArtifact(this.#repository, session, { hash, payload: content, isPrivate, isNamed: true });
  }

  /** Makes one content anew that stands above the last. */
  #restore(): void {
    const { blobs, environment } = this.#repository;
    const start = this.#chain.findLastIndex(({ content }) => content !== undefined);
    const [source = this.#root, link] = [this.#chain[start], this.#chain[start + 1]];
    const stored = link && blobs.stored(link.rid);
    const isSame = stored !== undefined && stored.hash === link?.hash && isDeltaOf(stored, source);
    const content = isSame && source.content ? applied(environment, source.content, stored) : undefined;
    if (link === undefined || content === undefined || !hasUnforgedName(environment.hash, content, link.hash)) {
      // Somebody has changed it since the last transaction: what builds on it goes on waiting, or is settled.
      this.#chain.length = start + 1;
      return;
    }
    link.content = content;
    this.#hold(content);
  }

  /** Of too much, every other content is let go of, but not the last two: those are needed next. */
  #hold({ length }: Uint8Array): void {
    this.#held += length;
    while (this.#held > MOST_HELD) {
      const others = this.#chain.filter(({ content }) => content !== undefined).slice(0, -2);
      if (others.length === 0) return;
      others.forEach((link, index) => {
        if (index % 2 === 1) return;
        this.#held -= link.content?.length ?? 0;
        link.content = undefined;
      });
    }
  }
}

/** By both: a row id may be another artifact's by now. */
function isDeltaOf({ source }: StoredBlob, { rid, hash }: { rid: Rid; hash: Hash }): boolean {
  return source?.rid === rid && source.hash === hash;
}

function areMany({ blobs, db }: Repository, rid: Rid): boolean {
  if (blobs.deltasOf(rid).length === 0) return false;
  const sums = db
    .prepare(
      `WITH RECURSIVE waiting(rid) AS (
         SELECT rid FROM delta WHERE srcid=?
         UNION SELECT delta.rid FROM delta JOIN waiting ON delta.srcid=waiting.rid LIMIT ?
       ) SELECT count(*) AS artifacts, coalesce(sum(size), 0) AS bytes FROM waiting JOIN blob USING(rid)`,
    )
    .get<{ artifacts: number; bytes: number }>(rid, AT_ONCE.artifacts + 1);
  return sums !== undefined && (sums.artifacts > AT_ONCE.artifacts || sums.bytes > AT_ONCE.bytes);
}

/** @returns undefined where that cannot be told yet, and for what is not what its name says: whoever stores it finds out */
function contentOf(
  { blobs, environment }: Repository,
  { hash, deltaSource, payload, isNamed }: ReceivedArtifact,
): Uint8Array | undefined {
  if (deltaSource === undefined)
    return isNamed === true || hasUnforgedName(environment.hash, payload, hash) ? payload : undefined;
  const source = blobs.rid(deltaSource);
  if (source === undefined || !blobs.isReadable(source)) return undefined;
  const content = resolved(environment, blobs.content(source), () => payload);
  return content !== undefined && hasUnforgedName(environment.hash, content, hash) ? content : undefined;
}

function applied(environment: Environment, source: Uint8Array, { container }: StoredBlob): Uint8Array | undefined {
  return resolved(environment, source, () => unpackContainer(environment.zlib, container, LARGEST_ARTIFACT));
}

/** @returns undefined for a delta that does not fit */
function resolved(environment: Environment, source: Uint8Array, delta: () => Uint8Array): Uint8Array | undefined {
  try {
    return applyDelta(source, delta(), undefined, artifactLimit(environment));
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
