import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { CARD_SIZES } from './clone-range';

/** What the cards of neighbouring artifacts come to. */
export interface WindowSums {
  artifacts: number;
  /** How many of them are stored as deltas. */
  deltas: number;
  bytes: number;
}

/** Windows whose sums are kept. */
const KEPT = 20_000;

/**
 * The sums of windows of artifacts, by which the reply to a clone is planned, remembered as long as nobody changes the repository: whoever clones
 * next asks for the same ones.
 */
export class CloneWindows {
  static readonly #ofRepository = new WeakMap<Repository, CloneWindows>();
  readonly #repository: Repository;
  readonly #sums = new Map<Rid, WindowSums & { last: Rid }>();
  #version: string | undefined;

  private constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** To be asked for at the beginning of each reply. */
  static of(repository: Repository): CloneWindows {
    const known = this.#ofRepository.get(repository) ?? new CloneWindows(repository);
    this.#ofRepository.set(repository, known);
    known.#heedChanges();
    return known;
  }

  sums(first: Rid, last: Rid): WindowSums {
    // What a transaction has changed may be taken back.
    const isSettled = !this.#repository.db.isInTransaction;
    const known = isSettled ? this.#sums.get(first) : undefined;
    if (known?.last === last) return known;
    const sums = this.#repository.db
      .prepare(
        `SELECT count(*) AS artifacts, coalesce(sum(isDelta), 0) AS deltas, coalesce(sum(bytes), 0) AS bytes
           FROM (${CARD_SIZES})`,
      )
      .get<WindowSums>(first, last) ?? { artifacts: 0, deltas: 0, bytes: 0 };
    if (!isSettled) return sums;
    if (this.#sums.size >= KEPT) this.#sums.clear();
    this.#sums.set(first, { ...sums, last });
    return sums;
  }

  #heedChanges(): void {
    const { version } = this.#repository;
    if (version === this.#version) return;
    this.#sums.clear();
    this.#version = version;
  }
}
