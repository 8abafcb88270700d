import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** Receipts (`rcvid`): the client has what came up to one, and is sent what came then up to another. */
export interface Receipts {
  seen: number;
  upTo: number;
}

/** An artifact that is to be sent. */
export interface Planned {
  rid: Rid;
  hash: Hash;
  /** Sent as it is stored: as a delta of this, which the client has or has got by then. */
  source: Hash | undefined;
  /** Bytes of the full artifact, and of the container that it is stored in. */
  size: number;
  stored: number;
}

interface Row {
  rid: Rid;
  hash: Hash;
  size: number;
  stored: number;
  sourceRid: Rid | null;
  source: Hash | null;
}

/** Newest first, as far as each may stand behind what it is stored as a delta of. */
export function planOrder(
  { db }: Repository,
  { seen, upTo }: Receipts,
  { isSeen, isLeftOut }: { isSeen: (rid: Rid) => boolean; isLeftOut: (rid: Rid) => boolean },
): Planned[] {
  const rows = db
    .prepare(
      `SELECT b.rid, b.uuid AS hash, b.size, length(b.content) AS stored, d.srcid AS sourceRid, s.uuid AS source
         FROM blob b LEFT JOIN delta d ON d.rid=b.rid LEFT JOIN blob s ON s.rid=d.srcid
        WHERE b.rcvid>? AND b.rcvid<=? AND b.size>=0 AND b.content IS NOT NULL ORDER BY b.rid DESC`,
    )
    .all<Row>(seen, upTo)
    .filter(({ rid }) => !isLeftOut(rid));
  const waiting = new Map(rows.map((row) => [row.rid, row]));
  const done = new Set<Rid>();
  const planned: Planned[] = [];
  for (const first of rows) {
    const chain: Row[] = [];
    for (let row: Row | undefined = first; row && waiting.delete(row.rid);) {
      chain.push(row);
      row = row.sourceRid === null ? undefined : waiting.get(row.sourceRid);
    }
    for (const { rid, hash, size, stored, sourceRid, source } of chain.reverse()) {
      const isUsable = sourceRid !== null && source !== null && (done.has(sourceRid) || isSeen(sourceRid));
      planned.push({ rid, hash, source: isUsable ? source : undefined, size, stored });
      done.add(rid);
    }
  }
  return planned;
}
