import { utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { LaterBytes } from './message-writer';
import type { ReplacedContent, ReplySnapshot } from './reply-snapshot';

const LINE_FEED = 10;
/** Joined in SQL up to this size: much cheaper than a row for each artifact. A larger artifact is read by itself. */
const JOINED_BYTES = 1024 * 1024;

/** Artifacts with content, and what they are deltas of. */
export const STORED_ARTIFACTS = `blob b LEFT JOIN delta d ON d.rid=b.rid LEFT JOIN blob s ON s.rid=d.srcid
  WHERE b.rid BETWEEN ? AND ? AND b.size>=0 AND b.content IS NOT NULL`;

/**
 * Bytes of each artifact's `cfile` card with what follows, by rid, in SQL. The line feed behind the container is always there. The limit keeps
 * SQLite from looking every length up once for each use.
 */
export const CARD_SIZES = `SELECT rid, isDelta, 10 + names + length(size) + length(stored) + stored AS bytes FROM (
  SELECT b.rid, length(b.uuid) + coalesce(1 + length(s.uuid), 0) AS names, b.size, length(b.content) AS stored,
      s.uuid IS NOT NULL AS isDelta
    FROM ${STORED_ARTIFACTS} ORDER BY b.rid LIMIT -1 OFFSET 0)`;

const CARD = `'cfile ' || b.uuid || ' ' || coalesce(s.uuid || ' ', '') || b.size || ' ' || length(b.content) || x'0a'
  || b.content || x'0a'`;

/** Neighbouring artifacts that a reply will hold, each as a `cfile` card. */
export interface PlannedRange {
  first: Rid;
  last: Rid;
  artifacts: number;
  /** How many of them are stored as deltas. */
  deltas: number;
  /** Of all cards with their containers. */
  bytes: number;
}

interface Row {
  rid: Rid;
  hash: Hash;
  size: number;
  source: Hash | null;
  content: Uint8Array;
}

/** The cards of a range: their length is known, their content is read when it is their turn to be sent. */
export class CloneRange implements LaterBytes {
  readonly #repository: Repository;
  readonly #range: PlannedRange;
  readonly #snapshot: ReplySnapshot;

  constructor(repository: Repository, range: PlannedRange, snapshot: ReplySnapshot) {
    this.#repository = repository;
    this.#range = range;
    this.#snapshot = snapshot;
  }

  get length(): number {
    return this.#range.bytes;
  }

  get cards(): { files: number; deltas: number } {
    return { files: this.#range.artifacts, deltas: this.#range.deltas };
  }

  /** @throws EngineError `repository-changed` when another program has rewritten what was promised */
  pieces(): Iterable<Uint8Array> {
    const { first, last, bytes } = this.#range;
    const before = this.#snapshot.replaced(first, last);
    if (before.size === 0 && bytes <= JOINED_BYTES) return [this.#joined()];
    return this.#oneByOne(before);
  }

  #joined(): Uint8Array {
    const { first, last, artifacts, bytes } = this.#range;
    const row = this.#repository.db
      .prepare(
        `SELECT count(*) AS artifacts, CAST(group_concat(card, '') AS BLOB) AS cards
           FROM (SELECT ${CARD} AS card FROM ${STORED_ARTIFACTS} ORDER BY b.rid)`,
      )
      .get<{ artifacts: number; cards: Uint8Array | null }>(first, last);
    if (row?.artifacts !== artifacts || row.cards?.length !== bytes) throw changed(this.#repository.path);
    return row.cards;
  }

  #oneByOne(before: ReadonlyMap<Rid, ReplacedContent>): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    const rows = this.#repository.db.prepare(
      `SELECT b.rid, b.uuid AS hash, b.size, s.uuid AS source, b.content FROM ${STORED_ARTIFACTS} ORDER BY b.rid`,
    );
    for (const row of rows.iterate<Row>(this.#range.first, this.#range.last)) {
      const { content, source } = before.get(row.rid) ?? row;
      if (content === null) continue;
      const header = ['cfile', row.hash, ...(source === null ? [] : [source]), row.size, content.length].join(' ');
      pieces.push(utf8(`${header}\n`), content, Uint8Array.of(LINE_FEED));
    }
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes !== this.#range.bytes) throw changed(this.#repository.path);
    return pieces;
  }
}

function changed(path: string): EngineError {
  return new EngineError(
    'repository-changed',
    `Another program has rewritten ${path} while a clone of it was being sent. The clone has to be begun again.`,
  );
}
