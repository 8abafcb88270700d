import { hasUnforgedName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { applyDelta } from '../codec/delta-apply';
import { artifactLimit, LARGEST_ARTIFACT } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { StoredBlob } from './blob-store';
import type { CrosslinkSession } from './crosslink-session';
import { receiveArtifact, type ReceivedArtifact } from './receive';
import type { Repository } from './repository';

/** So many are settled together with what they wait for. */
const AT_ONCE = 100;

/**
 * The deltas that wait for an artifact that has come, where they are many. Each is stored in full before that is, as if it had come so: a transaction
 * may end behind each of them, and leaves a consistent repository.
 */
export class WaitingDeltas {
  readonly #repository: Repository;
  readonly #source: { rid: Rid; hash: Hash; content: Uint8Array };
  readonly #waiting: Rid[];

  private constructor(repository: Repository, source: { rid: Rid; hash: Hash; content: Uint8Array }) {
    this.#repository = repository;
    this.#source = source;
    this.#waiting = repository.blobs.deltasOf(source.rid);
  }

  /**
   * @param artifact - about to be stored; in full it has been found to have its name
   * @returns undefined where few wait for it: `receiveArtifact` settles them
   */
  static of(repository: Repository, { hash, deltaSource, payload }: ReceivedArtifact): WaitingDeltas | undefined {
    const { blobs, db } = repository;
    const rid = deltaSource === undefined ? blobs.rid(hash) : undefined;
    if (rid === undefined) return undefined;
    const areMany = db.prepare('SELECT 1 FROM delta WHERE srcid=? LIMIT 1 OFFSET ?').get(rid, AT_ONCE) !== undefined;
    if (!areMany || !blobs.isPhantom(rid) || blobs.isShunned(hash)) return undefined;
    return new WaitingDeltas(repository, { rid, hash, content: payload });
  }

  /** Settles one. @returns false when so few are left that the artifact may be stored */
  settleNext(session: CrosslinkSession): boolean {
    const rid = this.#waiting.length > AT_ONCE ? this.#waiting.pop() : undefined;
    if (rid !== undefined) this.#settle(session, rid);
    return this.#waiting.length > AT_ONCE;
  }

  #settle(session: CrosslinkSession, rid: Rid): void {
    const { blobs } = this.#repository;
    const stored = blobs.stored(rid);
    // Others may have changed it since the last transaction.
    if (stored?.source?.rid !== this.#source.rid || stored.source.hash !== this.#source.hash) return;
    if (!blobs.isPhantom(this.#source.rid)) return;
    const payload = this.#contentOf(stored);
    if (payload === undefined) blobs.makePhantom(rid);
    else {
      const isPrivate = blobs.isPrivate(rid);
      receiveArtifact(this.#repository, session, { hash: stored.hash, payload, isPrivate, isNamed: true });
    }
  }

  /** @returns undefined for what is not what its name says: it came with an earlier message, and is asked for anew */
  #contentOf({ hash, container }: StoredBlob): Uint8Array | undefined {
    const { environment } = this.#repository;
    try {
      const delta = unpackContainer(environment.zlib, container, LARGEST_ARTIFACT);
      const content = applyDelta(this.#source.content, delta, undefined, artifactLimit(environment));
      return hasUnforgedName(environment.hash, content, hash) ? content : undefined;
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }
}
