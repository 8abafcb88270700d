import { packContainer, unpackContainer } from '../codec/container';
import { ARTIFACT_LIMIT } from '../codec/size-limits';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { CloneCards, type PlannedCard } from './clone-cards';
import type { MessageWriter } from './message-writer';
import type { ReplySnapshot } from './reply-snapshot';

export interface CloneSlice {
  /** First rid to send. */
  sequence: number;
  dangling: ReadonlySet<Rid>;
  withPrivate: boolean;
  /** @returns whether the reply has reached its limit, when `planned` bytes more are to be sent */
  isFull: (planned: number) => boolean;
}

interface Row {
  rid: Rid;
  uuid: Hash;
  /** Bytes of the full artifact. */
  size: number;
  /** Bytes of the stored container. */
  stored: number;
  isPrivate: number;
  sourceRid: Rid | null;
  source: Hash | null;
  isSourcePrivate: number;
  isSourceShunned: number;
}

/**
 * Writes `cfile` cards of artifacts by ascending rid, as they are stored, until the reply is full; then where to go on, 0 at the end
 * (clone protocol 3). Their content is read only when it is sent.
 */
export function writeCloneArtifacts(
  repository: Repository,
  reply: MessageWriter,
  slice: CloneSlice,
  snapshot: ReplySnapshot,
): void {
  let planned: PlannedCard[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (planned.length > 0) reply.later(new CloneCards(repository, planned, bytes, snapshot));
    planned = [];
    bytes = 0;
  };
  const next = eachRow(
    repository,
    slice,
    () => bytes,
    (row) => {
      if (isExposing(row)) {
        flush();
        const content = repository.blobs.content(row.rid);
        reply.compressedFile(row.uuid, content.length, packContainer(repository.environment.zlib, content));
        return;
      }
      const source = row.source === null ? '' : `${row.source} `;
      const card = `cfile ${row.uuid} ${source}${row.size} ${row.stored}`;
      reply.tally?.written(card.split(' '));
      const header = `${row.isPrivate ? 'private\n' : ''}${card}\n`;
      planned.push({ rid: row.rid, sourceRid: row.sourceRid, header, stored: row.stored });
      // Behind each container a line feed, whatever its last byte is: that would have to be read now.
      bytes += header.length + row.stored + 1;
    },
  );
  flush();
  reply.card('clone_seqno', next);
}

/** The same with `file` cards, inflated (clone protocol 2). */
export function writeInflatedCloneArtifacts(repository: Repository, reply: MessageWriter, slice: CloneSlice): void {
  const { zlib } = repository.environment;
  const next = eachRow(
    repository,
    slice,
    () => 0,
    (row) => {
      if (row.isPrivate) reply.card('private');
      const stored = isExposing(row) ? undefined : repository.blobs.stored(row.rid);
      if (stored === undefined) reply.file(row.uuid, repository.blobs.content(row.rid));
      else reply.file(row.uuid, unpackContainer(zlib, stored.container, ARTIFACT_LIMIT), stored.source?.hash);
    },
  );
  reply.card('clone_seqno', next);
}

/** @returns the rid to go on with, 0 at the end */
function eachRow(
  { db }: Repository,
  { sequence, withPrivate, dangling, isFull }: CloneSlice,
  planned: () => number,
  take: (row: Row) => void,
): number {
  const rows = db.prepare(
    `SELECT b.rid, b.uuid, b.size, length(b.content) AS stored, b.rid IN (SELECT rid FROM private) AS isPrivate,
            d.srcid AS sourceRid, s.uuid AS source, d.srcid IN (SELECT rid FROM private) AS isSourcePrivate,
            s.uuid IN (SELECT uuid FROM shun) AS isSourceShunned
       FROM blob b LEFT JOIN delta d ON d.rid=b.rid LEFT JOIN blob s ON s.rid=d.srcid
      WHERE b.rid>=? AND b.size>=0 AND b.content IS NOT NULL AND b.uuid NOT IN (SELECT uuid FROM shun) ORDER BY b.rid`,
  );
  for (const row of rows.iterate<Row>(sequence)) {
    if (isFull(planned())) return row.rid;
    if (dangling.has(row.rid) || (row.isPrivate && !withPrivate)) continue;
    take(row);
  }
  return 0;
}

/** A public artifact must not depend on what the other side may not have. */
function isExposing(row: Row): boolean {
  return row.source !== null && Boolean(row.isSourceShunned || (row.isSourcePrivate && !row.isPrivate));
}
