import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { isSentWhole } from './send-artifact';

/** Bytes of a compressed `file` card's line, and of a source's name in it. */
const CARD = 45;
const SOURCE = 34;
/** Compressed share of a full text that is stored as a delta, so that nobody knows. */
const COMPRESSED_SHARE = 0.35;
/** A whole message is compressed better than its artifacts, each for itself, are here. */
const MESSAGE_SHARE = 0.85;

/** Bytes of a compressed delta at the least. */
const SMALLEST_DELTA = 35;
/** Compressed bytes of a delta for each byte that a version is longer than the one before. */
const GAINED_SHARE = 0.3;
/** Of versions neither of which is stored as a delta: what one takes as a delta of the other, as a share of it. */
const UNLIKE_SHARE = 0.3;
/** Versions that are larger and so unlike that neither is stored as a delta of the other travel whole: to look for what they share takes too long. */
const LARGEST_UNLIKE = 16 * 1024 * 1024;
/** Stored bytes from which on a full text gains nothing from what stands beside it: compression looks back by 32 KiB. */
const LARGE = 64 * 1024;

/** What one artifact will take on the wire. */
export interface SuggestedSize {
  bytes: number;
  /** It will travel as it is stored, so that hardly anything is guessed. */
  isStoredSo: boolean;
}

interface Row {
  rid: Rid;
  size: number;
  stored: number;
  /** What it is stored as a delta of. */
  source: Rid | null;
  parent: Rid | null;
  parentSize: number | null;
  parentStored: number | null;
  /** What the parent is stored as a delta of. */
  parentSource: Rid | null;
}

/** Bytes on the wire of an `igot` or `gimme` card, or of a cluster's line, with a name of so many digits. */
export function nameSize(digits: number): number {
  return digits / 1.9 + 3.6;
}

const SIZES = `SELECT one.*, blob.size AS parentSize, length(blob.content) AS parentStored, delta.srcid AS parentSource
  FROM (SELECT rid, size, length(content) AS stored, (SELECT srcid FROM delta WHERE delta.rid=blob.rid) AS source,
               coalesce((SELECT pid FROM plink WHERE cid=blob.rid ORDER BY isprim DESC LIMIT 1),
                        (SELECT pid FROM mlink WHERE fid=blob.rid AND pid>0 LIMIT 1)) AS parent
          FROM blob`;
const PARENTS = 'LEFT JOIN blob ON blob.rid=one.parent LEFT JOIN delta ON delta.rid=one.parent';

/**
 * Bytes that each of these artifacts will take on the wire, compressed with others in a message, as the store suggests: of two versions one is
 * stored as a delta of the other, and the delta in the other direction is about as long.
 */
export function wireSizes({ db }: Repository, rids: Iterable<Rid>): Map<Rid, SuggestedSize> {
  const rows = db
    .prepare(`${SIZES} WHERE rid IN (SELECT value FROM json_each(?))) AS one ${PARENTS}`)
    .all<Row>(JSON.stringify([...rids]));
  return new Map(rows.map((row) => [row.rid, { bytes: bytesOf(row), isStoredSo: isStoredAsSent(row) }]));
}

/** Digits in the name of the artifact that came last. */
export function nameLength({ db }: Repository): number {
  const row = db.prepare('SELECT length(uuid) AS length FROM blob ORDER BY rid DESC LIMIT 1').get<{ length: number }>();
  return row?.length ?? 0;
}

/** Bytes that an artifact takes on the wire, about; `other` is neither a check-in nor a file of one. */
export interface WireSize {
  kind: 'checkin' | 'file' | 'other';
  bytes: number;
}

/** The same of the artifacts that came last, newest first, clusters left out. */
export function newestWireSizes({ db }: Repository, count: number): WireSize[] {
  const rows = db.prepare(
    `SELECT *, CASE WHEN EXISTS(SELECT 1 FROM event WHERE objid=rid AND type='ci') THEN 'checkin'
                    WHEN EXISTS(SELECT 1 FROM mlink WHERE fid=rid) THEN 'file' ELSE 'other' END AS kind
       FROM (${SIZES} WHERE size>=0 AND content IS NOT NULL
         AND rid NOT IN (SELECT rid FROM tagxref WHERE tagid=(SELECT tagid FROM tag WHERE tagname='cluster'))
       ORDER BY rid DESC LIMIT ?) AS one ${PARENTS})`,
  );
  return rows.all<Row & Pick<WireSize, 'kind'>>(count).map((row) => ({ kind: row.kind, bytes: bytesOf(row) }));
}

function isStoredAsSent(row: Row): boolean {
  if (row.source !== null) return row.source === row.parent;
  return row.stored >= LARGE && (row.parent === null || isSentWhole(row.size));
}

function bytesOf(row: Row): number {
  return (isStoredAsSent(row) && row.stored >= LARGE ? 1 : MESSAGE_SHARE) * (CARD + payloadOf(row));
}

function payloadOf({ rid, size, stored, source, parent, parentSize, parentStored, parentSource }: Row): number {
  const isDelta = source !== null;
  const asWhole = isDelta ? Math.min(size, size * COMPRESSED_SHARE) : stored;
  if (parent === null || parentStored === null || parentSize === null || isSentWhole(size)) return asWhole;
  if (source === parent) return SOURCE + stored;
  if (parentSource === rid) {
    // The delta back holds what the version has lost, that one holds what it has gained.
    const back = parentStored + GAINED_SHARE * (size - parentSize);
    return SOURCE + Math.min(asWhole, Math.max(SMALLEST_DELTA, back));
  }
  if (parentSource === null && !isDelta && size > LARGEST_UNLIKE) return asWhole;
  const asDelta = parentSource !== null ? parentStored : isDelta ? stored : UNLIKE_SHARE * asWhole;
  return SOURCE + Math.min(asWhole, asDelta);
}
