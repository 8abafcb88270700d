import { hasUnforgedName } from '../codec/artifact-name';
import { declaredSize, unpackContainer } from '../codec/container';
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

/** Of artifacts that wait. */
interface Amount {
  artifacts: number;
  /** Of their contents and of the deltas that make these. */
  bytes: number;
}

/** A delta that waits, and its {@link Amount}. */
interface Waiting {
  rid: Rid;
  bytes: number;
}

/** One of those that wait, a delta of the one before it in the chain. */
interface Link {
  rid: Rid;
  hash: Hash;
  content: Uint8Array | undefined;
  /** Deltas of it that have not been looked at. */
  waiting: Rid[];
  /** Bytes of it and of its delta. */
  bytes: number;
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
  #met = new Set<Rid>();
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
    this.#root = linkOf(repository, { ...root, bytes: root.content.length });
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
    } else if (last !== this.#root) this.#leave(session, last, this.#chain.at(-2) ?? this.#root);
    else if (this.#hasGrown(last)) this.#walkAgain(last);
    else this.#storeRoot(session);
  }

  #lookAt(rid: Rid, source: { rid: Rid; hash: Hash; content: Uint8Array }): void {
    const { blobs, environment } = this.#repository;
    const stored = blobs.stored(rid);
    // Others may have changed it since the last transaction.
    if (stored === undefined || !isDeltaOf(stored, source) || this.#met.has(rid)) return;
    this.#met.add(rid);
    const { hash } = stored;
    const content = applied(environment, source.content, stored);
    const isRight = content !== undefined && (!this.#isDoubtful || this.#isRight(hash, content));
    if (isRight) {
      const bytes = content.length + declaredSize(stored.container);
      this.#chain.push(linkOf(this.#repository, { rid, hash, content, bytes }));
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
    const isMuch = isMore(together);
    if (isMuch && last.content === undefined) {
      this.#restore();
      return;
    }
    if (isMuch && this.#hasGrown(last)) {
      this.#walkAgain(last);
      return;
    }
    const { rid, hash, content } = last;
    if (isMuch && content !== undefined && !this.#isDoubtful && !this.#isRight(hash, content)) {
      this.#doubt();
      return;
    }
    this.#chain.pop();
    // Stored, a large one is let go of, and tells no length any more.
    this.#held -= content?.length ?? 0;
    if (isMuch && content !== undefined && this.#storePiece(session, { rid, hash, content })) {
      this.#restored = last.apart;
      source.apart.push({ rid, source: source.rid });
    } else {
      source.together = together;
      for (const one of last.apart) source.apart.push(one);
    }
  }

  /**
   * With what is built on it.
   * @returns false when it is not to be stored, or others have removed it since it was looked at
   */
  #storePiece(
    session: CrosslinkSession,
    { rid, hash, content }: { rid: Rid; hash: Hash; content: Uint8Array },
  ): boolean {
    const { blobs } = this.#repository;
    if (blobs.rid(hash) !== rid) return false;
    const isPrivate = blobs.isPrivate(rid);
    const artifact = { hash, payload: content, isPrivate, isNamed: true };
    return receiveArtifact(this.#repository, session, artifact) !== undefined;
  }

  #isRight(hash: Hash, content: Uint8Array): boolean {
    return hasUnforgedName(this.#repository.environment.hash, content, hash);
  }

  /** Whether much has come, since it was looked at, that is built on an artifact or on what is to be settled together with it. */
  #hasGrown({ rid, together }: Link): boolean {
    const most = together.artifacts + AT_ONCE.artifacts;
    const late = { artifacts: 0, bytes: 0 };
    for (const waiting of waitingFor(this.#repository, rid, most)) {
      if (this.#met.has(waiting.rid)) continue;
      late.artifacts++;
      late.bytes += waiting.bytes;
    }
    return isMore(late);
  }

  #walkAgain(link: Link): void {
    this.#met = new Set(this.#chain.map(({ rid }) => rid));
    link.waiting = this.#repository.blobs.deltasOf(link.rid);
    link.together = { artifacts: 1, bytes: link.bytes };
  }

  #storeRoot(session: CrosslinkSession): void {
    this.#store(session);
    this.#isStored = true;
    this.#restored = this.#root.apart;
    for (const { apart } of this.#chain.splice(0)) for (const one of apart) this.#restored.push(one);
    this.#root.content = undefined;
  }

  /** Begins anew with what is not settled. */
  #doubt(): void {
    this.#isDoubtful = true;
    this.#held = 0;
    for (const { apart } of this.#chain.splice(0)) for (const one of apart) this.#root.apart.push(one);
    this.#walkAgain(this.#root);
  }

  /** Makes one content anew that stands above the last. */
  #restore(): void {
    const { blobs, environment } = this.#repository;
    const start = this.#chain.findLastIndex(({ content }) => content !== undefined);
    const [source = this.#root, link] = [this.#chain[start], this.#chain[start + 1]];
    const stored = link && blobs.stored(link.rid);
    const isSame = stored !== undefined && stored.hash === link?.hash && isDeltaOf(stored, source);
    const content = isSame && source.content ? applied(environment, source.content, stored) : undefined;
    if (link === undefined || content === undefined || !this.#isRight(link.hash, content)) {
      // It never had its name, or somebody has changed it since the last transaction.
      this.#doubt();
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

function linkOf({ blobs }: Repository, read: Pick<Link, 'rid' | 'hash' | 'content' | 'bytes'>): Link {
  return { ...read, waiting: blobs.deltasOf(read.rid), together: { artifacts: 1, bytes: read.bytes }, apart: [] };
}

function isMore({ artifacts, bytes }: Amount): boolean {
  return artifacts > AT_ONCE.artifacts || bytes > AT_ONCE.bytes;
}

/** By both: a row id may be another artifact's by now. */
function isDeltaOf({ source }: StoredBlob, { rid, hash }: { rid: Rid; hash: Hash }): boolean {
  return source?.rid === rid && source.hash === hash;
}

function areMany(repository: Repository, rid: Rid): boolean {
  const all = { artifacts: 0, bytes: 0 };
  for (const { bytes } of waitingFor(repository, rid, AT_ONCE.artifacts)) {
    all.artifacts++;
    all.bytes += bytes;
  }
  return isMore(all);
}

/** The deltas of an artifact, and those of them. @param most - one more than so many are told at the most */
function waitingFor({ db }: Repository, rid: Rid, most: number): Waiting[] {
  return db
    .prepare(
      `WITH RECURSIVE waiting(rid) AS (
         SELECT rid FROM delta WHERE srcid=?
         UNION SELECT delta.rid FROM waiting CROSS JOIN delta ON delta.srcid=waiting.rid LIMIT ?
       ) SELECT rid, size, substr(CAST(content AS BLOB), 1, 4) AS head FROM waiting CROSS JOIN blob USING(rid)`,
    )
    .all<{ rid: Rid; size: number; head: Uint8Array | null }>(rid, most + 1)
    .map(({ rid: waiting, size, head }) => ({ rid: waiting, bytes: size + (head ? declaredSize(head) : 0) }));
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
