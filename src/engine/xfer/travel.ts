import { packContainer } from '../codec/container';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { KeptCards, type TravelCard } from './kept-cards';
import { deltaAgainst } from './send-artifact';

export interface TravelTotals {
  artifacts: number;
  /** Bytes of their cards. */
  bytes: number;
}

interface Row {
  rid: Rid;
  hash: Hash;
  size: number;
  /** Bytes of the stored container. */
  stored: number;
  source: Hash | null;
  isSourceHidden: number;
  /** Of a full text: what it was made from, where a delta of that may travel. */
  parent: Rid | null;
}

/** Fresh deltas cost time to be measured: this many milliseconds at the most, in passes each of which takes every sixteenth. */
const MEASURING = 2000;
const PASSES = 16;
const HIDDEN = 'IN (SELECT rid FROM private UNION SELECT rid FROM blob JOIN shun USING(uuid))';

/**
 * How public artifacts travel to a client of ours that has told how far it has seen this repository: as they are stored, whose length is
 * known without reading it; but what is stored in full goes as a delta of its parent, where that is stored in full, too, or the client has
 * it. So no two artifacts are ever built on each other: deltas that are stored lead to a full text, and parents lead to the first version.
 */
export class Travel {
  readonly #repository: Repository;
  /** The client has what came up to this receipt. */
  readonly #receipt: number;

  constructor(repository: Repository, receipt: number) {
    this.#repository = repository;
    this.#receipt = receipt;
  }

  /** What the client lacks. @param dangling - artifacts that nobody can read yet */
  totals(dangling: ReadonlySet<Rid>): TravelTotals {
    return this.#total(this.#rows('b.rcvid>?2', [this.#receipt]), dangling);
  }

  /** @returns whether the client has the artifact, by what it has told */
  isSeen(rid: Rid): boolean {
    const blob = this.#repository.db.prepare('SELECT 1 FROM blob WHERE rid=? AND rcvid BETWEEN 1 AND ?');
    return blob.get(rid, this.#receipt) !== undefined;
  }

  /** What a clone brings that goes on at this rid: all as it is stored. */
  totalsFrom(sequence: number, dangling: ReadonlySet<Rid>): TravelTotals {
    const rows = this.#rows('b.rid>=?2', [sequence]).map((row) => ({ ...row, parent: null }));
    return this.#total(rows, dangling);
  }

  /** An artifact as it travels; undefined when there is none that may. */
  card(rid: Rid): TravelCard | undefined {
    const [row] = this.#rows('b.rid=?2', [rid]);
    if (row === undefined) return undefined;
    if (isRemade(row)) return this.#remade(row);
    const stored = this.#repository.blobs.stored(rid);
    if (stored === undefined) return undefined;
    const { hash, size, container, source } = stored;
    return { hash, size, container, ...(source === undefined ? {} : { source: source.hash }) };
  }

  #total(rows: readonly Row[], dangling: ReadonlySet<Rid>): TravelTotals {
    const readable = rows.filter(({ rid }) => !dangling.has(rid));
    const stored = readable.filter((row) => !isRemade(row)).map(storedLength);
    return { artifacts: readable.length, bytes: sum(stored) + this.#measured(readable.filter(isRemade)) };
  }

  /** When time is up, those that have been measured stand for the rest: they are taken evenly from all. */
  #measured(rows: readonly Row[]): number {
    const { clock } = this.#repository.environment;
    const until = clock.now() + MEASURING;
    let [measured, asStored] = [0, 0];
    for (let pass = 0; pass < PASSES && clock.now() < until; pass++) {
      for (let index = pass; index < rows.length && clock.now() < until; index += PASSES) {
        const row = rows[index];
        if (row === undefined) continue;
        const { hash, source = null, size, container } = this.#remade(row);
        measured += cardLength(hash, source, size, container.length);
        asStored += storedLength(row);
      }
    }
    return asStored === 0 ? 0 : Math.round((measured * sum(rows.map(storedLength))) / asStored);
  }

  /** Measured once and sent in a later round: it is kept for that. */
  #remade(row: Row): TravelCard {
    const kept = KeptCards.of(this.#repository);
    const known = kept.get(row.rid, row.parent);
    if (known !== undefined) return known;
    const card = this.#make(row);
    kept.keep(row.rid, row.parent, card);
    return card;
  }

  #make({ rid, hash, isSourceHidden, parent }: Row): TravelCard {
    const { blobs, environment } = this.#repository;
    const content = blobs.content(rid);
    const { length: size } = content;
    const delta = isSourceHidden === 1 || parent === null ? undefined : deltaAgainst(this.#repository, parent, content);
    if (delta === undefined) return { hash, size, container: packContainer(environment.zlib, content) };
    return { hash, size, container: packContainer(environment.zlib, delta.payload), source: delta.source };
  }

  /** Public artifacts with content. The parent of one that is stored as a delta does not matter. */
  #rows(condition: string, parameters: number[]): Row[] {
    return this.#repository.db
      .prepare(
        `SELECT b.rid, b.uuid AS hash, b.size, length(b.content) AS stored, s.uuid AS source,
                coalesce(d.srcid ${HIDDEN}, 0) AS isSourceHidden,
                CASE WHEN d.srcid IS NULL AND b.size>100 THEN
                  (SELECT p.rid FROM blob p
                    WHERE p.size>=0 AND (p.rcvid<=?1 OR p.rid NOT IN (SELECT rid FROM delta)) AND p.rid NOT ${HIDDEN}
                      AND p.rid=coalesce(
                        (SELECT pid FROM plink WHERE cid=b.rid ORDER BY isprim DESC LIMIT 1),
                        (SELECT pid FROM mlink JOIN event ON objid=mid WHERE fid=b.rid AND pid>0 ORDER BY event.mtime LIMIT 1)))
                END AS parent
           FROM blob b LEFT JOIN delta d ON d.rid=b.rid LEFT JOIN blob s ON s.rid=d.srcid
          WHERE ${condition} AND b.size>=0 AND b.content IS NOT NULL AND b.rid NOT ${HIDDEN}`,
      )
      .all<Row>(this.#receipt, ...parameters);
  }
}

function isRemade({ isSourceHidden, parent }: Row): boolean {
  return isSourceHidden === 1 || parent !== null;
}

function storedLength({ hash, source, size, stored }: Row): number {
  return cardLength(hash, source, size, stored);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Bytes of a `cfile` card, of its container and of the line feed behind it. */
function cardLength(hash: Hash, source: Hash | null, size: number, stored: number): number {
  const sourceLength = source === null ? 0 : source.length + 1;
  return `cfile ${hash} ${size} ${stored}\n`.length + sourceLength + stored + 1;
}
