import { packContainer, unpackContainer } from '../codec/container';
import type { Rid } from '../identifiers';
import type { StoredBlob } from '../repository/blob-store';
import type { Repository } from '../repository/repository';
import { ARTIFACT_LIMIT } from '../codec/size-limits';
import type { MessageWriter } from './message-writer';

export interface CloneSlice {
  /** First rid to send. */
  sequence: number;
  /** Protocol 3: containers as stored; protocol 2: inflated. */
  isCompressed: boolean;
  dangling: ReadonlySet<Rid>;
  withPrivate: boolean;
  /** @returns whether the reply has reached its limit */
  isFull: () => boolean;
}

/** Writes artifacts by ascending rid, as they are stored, until the reply is full; then where to go on, 0 at the end. */
export function writeCloneArtifacts(repository: Repository, reply: MessageWriter, slice: CloneSlice): void {
  const isPrivate = idsOf(repository, 'SELECT rid FROM private');
  const isShunned = idsOf(repository, 'SELECT rid FROM shun JOIN blob USING(uuid)');
  const isHidden = (rid: Rid): boolean => (isPrivate.has(rid) && !slice.withPrivate) || isShunned.has(rid);
  const rids = repository.db.prepare('SELECT rid FROM blob WHERE rid>=? AND size>=0 ORDER BY rid');
  for (const { rid } of rids.all<{ rid: Rid }>(slice.sequence)) {
    if (slice.isFull()) {
      reply.card('clone_seqno', rid);
      return;
    }
    if (slice.dangling.has(rid) || isHidden(rid)) continue;
    const stored = repository.blobs.stored(rid);
    if (!stored) continue;
    const source = stored.source;
    // A public artifact must not depend on what the other side may not have.
    const isExposed =
      source !== undefined && (isHidden(source.rid) || (isPrivate.has(source.rid) && !isPrivate.has(rid)));
    if (isPrivate.has(rid)) reply.card('private');
    writeStored(repository, reply, isExposed ? expanded(repository, stored) : stored, slice.isCompressed);
  }
  reply.card('clone_seqno', 0);
}

function writeStored(repository: Repository, reply: MessageWriter, blob: StoredBlob, isCompressed: boolean): void {
  const { zlib } = repository.environment;
  if (isCompressed) reply.compressedFile(blob.hash, blob.size, blob.container, blob.source?.hash);
  else reply.file(blob.hash, unpackContainer(zlib, blob.container, ARTIFACT_LIMIT), blob.source?.hash);
}

function expanded(repository: Repository, { rid, hash }: StoredBlob): StoredBlob {
  const content = repository.blobs.content(rid);
  return { rid, hash, size: content.length, container: packContainer(repository.environment.zlib, content) };
}

function idsOf({ db }: Repository, sql: string): ReadonlySet<Rid> {
  return new Set(
    db
      .prepare(sql)
      .all<{ rid: Rid }>()
      .map((row) => row.rid),
  );
}
