import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { type ArtifactCard, artifactCard, isSendable } from './send-artifact';

/** Larger artifacts wait for their turn: what is made ahead is held beside the message that is on its way. */
const LARGEST_AHEAD = 1024 * 1024;
/** The thread is given up after about this long: the reply may be there. */
const SLICE_MS = 10;

/** Cards of artifacts that a message will hold, made while the server works on the one before. */
export class CardsAhead {
  readonly #repository: Repository;
  readonly #options: { withPrivate: boolean };
  #cards = new Map<Rid, ArtifactCard>();

  constructor(repository: Repository, options: { withPrivate: boolean }) {
    this.#repository = repository;
    this.#options = options;
  }

  /**
   * @param rids - in the order in which they will be asked for; what was made of others is let go
   * @param maxBytes - of cards that are held
   * @param isOver - whether it is too late to make more
   */
  async make(rids: readonly Rid[], maxBytes: number, isOver: () => boolean): Promise<void> {
    const { clock } = this.#repository.environment;
    const before = this.#cards;
    this.#cards = new Map();
    let bytes = 0;
    let next = 0;
    const isEnough = (): boolean => next >= rids.length || bytes >= maxBytes;
    while (!isEnough()) {
      await clock.yield();
      if (isOver()) return;
      const until = clock.now() + SLICE_MS;
      this.#repository.snapshot(() => {
        do {
          const rid = rids[next++] as Rid;
          const card = before.get(rid) ?? this.#card(rid);
          if (card === undefined) continue;
          this.#cards.set(rid, card);
          bytes += card.payload.length;
        } while (!isEnough() && clock.now() < until);
      });
    }
  }

  /** What was made of an artifact, unless it may not travel so any more: others may have removed or hidden meanwhile what it builds on. */
  take(rid: Rid): ArtifactCard | undefined {
    const card = this.#cards.get(rid);
    this.#cards.delete(rid);
    if (card === undefined) return undefined;
    const { blobs } = this.#repository;
    if (blobs.rid(card.hash) !== rid) return undefined;
    if (card.source === undefined) return card;
    const source = blobs.rid(card.source);
    if (source === undefined) return undefined;
    return isSendable(this.#repository, source, { withPrivate: blobs.isPrivate(rid) }) ? card : undefined;
  }

  /** Undefined also for what cannot be read: whoever sends it finds out. */
  #card(rid: Rid): ArtifactCard | undefined {
    const { blobs } = this.#repository;
    try {
      if (!isSendable(this.#repository, rid, this.#options) || blobs.size(rid) > LARGEST_AHEAD) return undefined;
      return artifactCard(this.#repository, rid);
    } catch (error) {
      if (hasCode(error, 'artifact-missing', 'content-corrupt')) return undefined;
      throw error;
    }
  }
}
