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

interface Amount {
  artifacts: number;
  bytes: number;
}

/** One of those that wait, a delta of the one before it in the chain. */
interface Link {
  rid: Rid;
  hash: Hash;
  content: Uint8Array | undefined;
  /** Deltas of it that have not been looked at. */
  waiting: Rid[];
  /** It and what is to be settled together with it. */
  together: Amount;
  /** What is built on those, and is stored in full. */
  apart: Restored[];
}

/** Stored in full for as long as what it came as a delta of is not here. */
interface Restored {
  rid: Rid;
  source: Rid;
}

/**
 * An artifact that has come and the deltas that wait for it, and those that wait for them, where that is much. They are settled by pieces, the ends of
 * chains first: the first artifact of each piece is stored in full, as if it had come so, with what is built on it as it is, and as a delta again
 * when what it came as a delta of is there. A transaction may end behind each step, and leaves a consistent repository.
 */
export class WaitingDeltas {
  readonly #repository: Repository;
  readonly #store: (session: CrosslinkSession) => void;
  /** The artifact, and a chain of deltas from there. */
  readonly #root: Link;
  readonly #chain: Link[] = [];
  readonly #met = new Set<Rid>();
  /** What can be stored as a delta again. */
  #restored: Restored[] = [];
  /** Bytes of the contents in the chain. */
  #held = 0;
  /** Something did not have its name: each content is looked at from now on before anything is built on it. */
  #isDoubtful = false;
  #isStored = false;

  private constructor(
    repository: Repository,
    root: { rid: Rid; hash: Hash; content: Uint8Array },
    store: (session: CrosslinkSession) => void,
  ) {
    this.#repository = repository;
    this.#store = store;
    this.#root = linkOf(repository, root);
  }

  /**
   * @param artifact - about to be stored
   * @param store - does that, once little waits for it
   * @returns undefined where little waits for it, which `receiveArtifact` settles, or its content cannot be told
   */
  static of(
    repository: Repository,
    artifact: ReceivedArtifact,
    store: (session: CrosslinkSession) => void,
  ): WaitingDeltas | undefined {
    const { blobs } = repository;
    const { hash } = artifact;
    const rid = blobs.rid(hash);
    if (rid === undefined || !areMany(repository, rid) || blobs.isReadable(rid) || blobs.isShunned(hash))
      return undefined;
    const content = contentOf(repository, artifact);
    return content && new WaitingDeltas(repository, { rid, hash, content }, store);
  }

  /** Does a part of it. @returns false when all is done, and the artifact stored */
  settleNext(session: CrosslinkSession): boolean {
    const restored = this.#restored.pop();
    if (restored !== undefined) this.#repository.blobs.deltify(restored.rid, [restored.source]);
    else if (this.#isStored) return false;
    // Another one may have brought the artifact since the last transaction: what waited is settled then.
    else if (this.#repository.blobs.isReadable(this.#root.rid)) this.#storeRoot(session);
    else this.#walk(session);
    return true;
  }

  #walk(session: CrosslinkSession): void {
    const last = this.#chain.at(-1) ?? this.#root;
    const next = last.waiting.at(-1);
    if (next !== undefined) {
      if (last.content === undefined) this.#restore();
      else {
        last.waiting.pop();
        this.#lookAt(next, { ...last, content: last.content });
      }
    } else if (last === this.#root) this.#storeRoot(session);
    else this.#leave(session, last, this.#chain.at(-2) ?? this.#root);
  }

  #lookAt(rid: Rid, source: { rid: Rid; hash: Hash; content: Uint8Array }): void {
    const { blobs, environment } = this.#repository;
    const stored = blobs.stored(rid);
    // Others may have changed it since the last transaction.
    if (stored === undefined || !isDeltaOf(stored, source) || this.#met.has(rid)) return;
    this.#met.add(rid);
    const { hash } = stored;
    const content = applied(environment, source.content, stored);
    const isRight = content !== undefined && (!this.#isDoubtful || hasUnforgedName(environment.hash, content, hash));
    if (isRight) {
      this.#chain.push(linkOf(this.#repository, { rid, hash, content }));
      this.#hold(content);
    } else if (this.#isDoubtful) {
      // It came with an earlier message, and is asked for anew.
      blobs.makePhantom(rid);
    } else this.#doubt();
  }

  /** All that is built on the last of the chain has been looked at. */
  #leave(session: CrosslinkSession, last: Link, source: Link): void {
    const together = {
      artifacts: source.together.artifacts + last.together.artifacts,
      bytes: source.together.bytes + last.together.bytes,
    };
    const isMuch = together.artifacts > AT_ONCE.artifacts || together.bytes > AT_ONCE.bytes;
    if (isMuch && last.content === undefined) {
      this.#restore();
      return;
    }
    const { rid, hash, content } = last;
    if (isMuch && content !== undefined) {
      if (!this.#isDoubtful && !hasUnforgedName(this.#repository.environment.hash, content, hash)) {
        this.#doubt();
        return;
      }
      this.#storePiece(session, { rid, hash, content });
      this.#restored = last.apart;
      source.apart.push({ rid, source: source.rid });
    } else {
      source.together = together;
      for (const one of last.apart) source.apart.push(one);
    }
    this.#chain.pop();
    this.#held -= content?.length ?? 0;
  }

  /** With what is built on it. Others may have removed it since it was looked at. */
  #storePiece(session: CrosslinkSession, { rid, hash, content }: { rid: Rid; hash: Hash; content: Uint8Array }): void {
    const { blobs } = this.#repository;
    if (blobs.rid(hash) !== rid) return;
    const isPrivate = blobs.isPrivate(rid);
    receiveArtifact(this.#repository, session, { hash, payload: content, isPrivate, isNamed: true });
  }

  #storeRoot(session: CrosslinkSession): void {
    this.#store(session);
    this.#isStored = true;
    this.#restored = this.#root.apart;
    this.#root.content = undefined;
    this.#chain.length = 0;
  }

  /** Begins anew with what is not settled. */
  #doubt(): void {
    this.#isDoubtful = true;
    this.#met.clear();
    this.#held = 0;
    for (const { apart } of this.#chain.splice(0)) for (const one of apart) this.#root.apart.push(one);
    this.#root.waiting = this.#repository.blobs.deltasOf(this.#root.rid);
    this.#root.together = amountOf(this.#root.content);
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

function linkOf({ blobs }: Repository, { rid, hash, content }: { rid: Rid; hash: Hash; content: Uint8Array }): Link {
  return { rid, hash, content, waiting: blobs.deltasOf(rid), together: amountOf(content), apart: [] };
}

function amountOf(content: Uint8Array | undefined): Amount {
  return { artifacts: 1, bytes: content?.length ?? 0 };
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
