import { utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { LaterBytes } from './message-writer';
import type { ReplySnapshot } from './reply-snapshot';

/** Content is read and sent in pieces of about this size; a larger artifact is a piece of its own. */
const PIECE_BYTES = 256 * 1024;
const LINE_FEED = 10;

/** A `cfile` card that a reply will hold. */
export interface PlannedCard {
  rid: Rid;
  /** What the container is a delta of. */
  sourceRid: Rid | null;
  /** ASCII, with its line feed. */
  header: string;
  /** Bytes of the container as it was stored when the reply was planned. */
  stored: number;
}

interface Row {
  rid: Rid;
  content: Uint8Array;
  sourceRid: Rid | null;
}

/** `cfile` cards of a clone, whose length is known and whose content is read while the reply is sent. */
export class CloneCards implements LaterBytes {
  readonly #repository: Repository;
  readonly #cards: readonly PlannedCard[];
  readonly #snapshot: ReplySnapshot;
  readonly length: number;

  /** @param length - bytes of all: headers, containers, and a line feed behind each */
  constructor(repository: Repository, cards: readonly PlannedCard[], length: number, snapshot: ReplySnapshot) {
    this.#repository = repository;
    this.#cards = cards;
    this.#snapshot = snapshot;
    this.length = length;
  }

  /** @throws EngineError `repository-changed` when another program has rewritten what was promised */
  *pieces(): Generator<Uint8Array, void> {
    for (let start = 0; start < this.#cards.length;) {
      let bytes = 0;
      let end = start;
      while (end < this.#cards.length && (end === start || bytes < PIECE_BYTES)) bytes += sizeOf(this.#cards[end++]);
      yield this.#piece(this.#cards.slice(start, end), bytes);
      start = end;
    }
  }

  #piece(cards: readonly PlannedCard[], bytes: number): Uint8Array {
    const stored = this.#read(cards);
    const piece = new Uint8Array(bytes);
    let offset = 0;
    for (const { rid, header, stored: promised } of cards) {
      const content = stored.get(rid);
      if (content?.length !== promised) throw changed(this.#repository.path);
      piece.set(utf8(header), offset);
      piece.set(content, offset + header.length);
      offset += header.length + promised + 1;
      piece[offset - 1] = LINE_FEED;
    }
    return piece;
  }

  /** Containers by rid, as they were when the reply was planned. */
  #read(cards: readonly PlannedCard[]): Map<Rid, Uint8Array> {
    const first = cards[0]?.rid;
    const last = cards.at(-1)?.rid;
    if (first === undefined || last === undefined) return new Map();
    const sources = new Map(cards.map(({ rid, sourceRid }) => [rid, sourceRid]));
    const found = new Map<Rid, Uint8Array>();
    const rows = this.#repository.db.prepare(
      `SELECT b.rid, CAST(b.content AS BLOB) AS content, d.srcid AS sourceRid FROM blob b LEFT JOIN delta d ON d.rid=b.rid
        WHERE b.rid BETWEEN ? AND ? AND b.content IS NOT NULL`,
    );
    for (const { rid, content, sourceRid } of rows.iterate<Row>(first, last))
      if (sources.get(rid) === sourceRid) found.set(rid, content);
    for (const [rid, content] of this.#snapshot.contentBefore(first, last)) found.set(rid, content);
    return found;
  }
}

function sizeOf(card: PlannedCard | undefined): number {
  return card === undefined ? 0 : card.header.length + card.stored + 1;
}

function changed(path: string): EngineError {
  return new EngineError(
    'repository-changed',
    `Another program has rewritten ${path} while a clone of it was being sent. The clone has to be begun again.`,
  );
}
