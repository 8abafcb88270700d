import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** A `cfile` card. */
export interface TravelCard {
  hash: Hash;
  /** Bytes of the finished artifact. */
  size: number;
  /** Compressed container of the full text, or of a delta of `source`. */
  container: Uint8Array;
  source?: Hash;
}

/** Bytes of containers that are kept for each repository; the oldest go first. */
const LIMIT = 16_000_000;

/** Cards that were made to be measured, until they are sent. An artifact never changes, so neither does a delta of it. */
export class KeptCards {
  static readonly #all = new WeakMap<Repository, KeptCards>();
  readonly #cards = new Map<string, TravelCard>();
  #bytes = 0;

  static of(repository: Repository): KeptCards {
    const known = KeptCards.#all.get(repository);
    if (known !== undefined) return known;
    const made = new KeptCards();
    KeptCards.#all.set(repository, made);
    return made;
  }

  get(rid: Rid, source: Rid | null): TravelCard | undefined {
    return this.#cards.get(nameOf(rid, source));
  }

  keep(rid: Rid, source: Rid | null, card: TravelCard): void {
    this.#cards.set(nameOf(rid, source), card);
    this.#bytes += card.container.length;
    for (const [name, { container }] of this.#cards) {
      if (this.#bytes <= LIMIT) return;
      this.#cards.delete(name);
      this.#bytes -= container.length;
    }
  }
}

function nameOf(rid: Rid, source: Rid | null): string {
  return `${rid} ${source ?? ''}`;
}
