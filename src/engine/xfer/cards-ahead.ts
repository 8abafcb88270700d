import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { type ArtifactCard, artifactCard, isSendable } from './send-artifact';

/** Larger artifacts wait for their turn: what is made ahead is held beside the message that is on its way. */
const LARGEST_AHEAD = 1024 * 1024;
/** Bytes of cards that are held at once. */
const MOST_HELD = 8 * 1024 * 1024;
/** The thread is given up after about this long: the reply may be there. */
const SLICE_MS = 10;

/** Cards of artifacts that messages will hold, made while the server works on one before, or to see how large they are. */
export class CardsAhead {
  readonly #repository: Repository;
  readonly #options: { withPrivate: boolean };
  readonly #mostHeld: number;
  readonly #cards = new Map<Rid, ArtifactCard>();
  #bytes = 0;

  /** @param options.mostHeld - bytes of payloads that are held at once, about */
  constructor(repository: Repository, options: { withPrivate: boolean; mostHeld?: number }) {
    this.#repository = repository;
    this.#options = options;
    this.#mostHeld = options.mostHeld ?? MOST_HELD;
  }

  /**
   * @param rids - in the order in which they will be asked for; where there is no room for all, what was made of others is let go
   * @param maxBytes - of cards that are of use so early
   * @param isOver - whether it is too late to make more
   */
  async make(rids: readonly Rid[], maxBytes: number, isOver: () => boolean): Promise<void> {
    const { clock } = this.#repository.environment;
    if (this.#bytes + maxBytes > this.#mostHeld) this.#forgetOthers(new Set(rids));
    let bytes = 0;
    let next = 0;
    const isEnough = (): boolean => next >= rids.length || bytes >= maxBytes;
    while (!isEnough()) {
      await clock.yield();
      if (isOver()) return;
      const until = clock.now() + SLICE_MS;
      this.#repository.snapshot(() => {
        do bytes += this.card(rids[next++] as Rid)?.payload.length ?? 0;
        while (!isEnough() && clock.now() < until);
      });
    }
  }

  /** What was made of an artifact, or is made now, and held as long as there is room. Undefined also for what is very large, and what cannot be read: whoever sends it finds out. */
  card(rid: Rid): ArtifactCard | undefined {
    const held = this.#cards.get(rid);
    if (held !== undefined) return held;
    const card = this.#made(rid);
    if (card !== undefined && this.#bytes + card.payload.length <= this.#mostHeld) {
      this.#cards.set(rid, card);
      this.#bytes += card.payload.length;
    }
    return card;
  }

  /** What was made of an artifact, unless it may not travel so any more: others may have removed or hidden meanwhile what it builds on. */
  take(rid: Rid): ArtifactCard | undefined {
    const card = this.#cards.get(rid);
    if (card === undefined) return undefined;
    this.#forget(rid, card);
    const { blobs } = this.#repository;
    if (blobs.rid(card.hash) !== rid) return undefined;
    if (card.source === undefined) return card;
    const source = blobs.rid(card.source);
    if (source === undefined) return undefined;
    return isSendable(this.#repository, source, { withPrivate: blobs.isPrivate(rid) }) ? card : undefined;
  }

  #forgetOthers(wanted: ReadonlySet<Rid>): void {
    for (const [rid, card] of this.#cards) if (!wanted.has(rid)) this.#forget(rid, card);
  }

  #forget(rid: Rid, { payload }: ArtifactCard): void {
    this.#cards.delete(rid);
    this.#bytes -= payload.length;
  }

  #made(rid: Rid): ArtifactCard | undefined {
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
