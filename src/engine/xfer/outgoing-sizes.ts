import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** Bytes of a compressed `file` card's line, of a source's name in it, and of the names that both sides tell each other before. */
const CARD = 45;
const SOURCE = 34;
const NAMES = 72;
/** Compressed share of a full text that is stored as a delta, so that nobody knows. */
const COMPRESSED_SHARE = 0.35;

interface Row {
  size: number;
  stored: number;
  isDelta: number;
  parent: Rid | null;
  parentStored: number | null;
}

/**
 * What waits to be sent, and how large it will be on the wire, as the store suggests: of two versions one is stored as a delta of the
 * other, and the delta in the other direction is about as long.
 */
export class OutgoingSizes {
  readonly #repository: Repository;
  readonly #sizes = new Map<Rid, number>();
  /** Bytes that wait, and that have been written into messages. */
  ahead = 0;
  gone = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Artifacts that wait. */
  get waiting(): number {
    return this.#sizes.size;
  }

  /** Artifacts that are to be sent; naming one again changes nothing. */
  expect(rids: Iterable<Rid>): void {
    for (const rid of rids) {
      if (this.#sizes.has(rid)) continue;
      const size = this.#sizeOf(rid);
      this.#sizes.set(rid, size);
      this.ahead += size;
    }
  }

  /** An artifact has been written into a message. */
  written(rid: Rid): void {
    const size = this.#sizes.get(rid) ?? this.#sizeOf(rid);
    this.gone += size;
    this.forget(rid);
  }

  /** An artifact need not be sent. */
  forget(rid: Rid): void {
    this.ahead -= this.#sizes.get(rid) ?? 0;
    this.#sizes.delete(rid);
  }

  forgetAll(): void {
    this.#sizes.clear();
    this.ahead = 0;
  }

  #sizeOf(rid: Rid): number {
    const row = this.#repository.db
      .prepare(
        `SELECT size, stored, isDelta, parent, (SELECT length(content) FROM blob JOIN delta USING(rid) WHERE rid=parent) AS parentStored
           FROM (SELECT size, length(content) AS stored, EXISTS(SELECT 1 FROM delta WHERE delta.rid=blob.rid) AS isDelta,
                        coalesce((SELECT pid FROM plink WHERE cid=blob.rid ORDER BY isprim DESC LIMIT 1),
                                 (SELECT pid FROM mlink WHERE fid=blob.rid AND pid>0 LIMIT 1)) AS parent
                   FROM blob WHERE rid=?)`,
      )
      .get<Row>(rid);
    return row === undefined ? 0 : NAMES + CARD + payloadOf(row);
  }
}

function payloadOf({ size, stored, isDelta, parent, parentStored }: Row): number {
  if (parent === null) return isDelta ? Math.min(size, size * COMPRESSED_SHARE) : stored;
  return SOURCE + (parentStored ?? stored);
}
