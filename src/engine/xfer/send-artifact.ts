import { createDelta } from '../codec/delta-create';
import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { MessageWriter } from './message-writer';

/** Shorter artifacts travel whole, and a delta must save this much (fossil.md 3.3). */
const SMALLEST_DELTIFIED = 100;
const SMALLEST_SAVING = 50;
/** Beyond this the time for a delta outweighs what it saves. */
const LARGEST_DELTIFIED = 16 * 1024 * 1024;

/** What a `file` card holds. */
export interface ArtifactCard {
  hash: Hash;
  /** The full artifact, or a delta of `source`. */
  payload: Uint8Array;
  source?: Hash;
}

/**
 * Writes one artifact as a `file` card: as a delta against a parent where that pays, else in full (fossil.md 3.3).
 * The caller has made sure that it may travel, and written the `private` card that goes before a private one.
 */
export function writeArtifact(repository: Repository, rid: Rid, message: MessageWriter): void {
  const { hash, payload, source } = artifactCard(repository, rid);
  message.file(hash, payload, source);
}

/**
 * The same, to be written later.
 * @param options.isWhole - in full in any case
 */
export function artifactCard(repository: Repository, rid: Rid, options: { isWhole?: boolean } = {}): ArtifactCard {
  const payload = repository.blobs.content(rid);
  const hash = repository.blobs.hash(rid);
  const delta = options.isWhole === true ? undefined : deltaAgainstParent(repository, rid, payload);
  return { hash, payload, ...delta };
}

/** @param options.withPrivate - the other side gets private content, too */
export function isSendable(repository: Repository, rid: Rid, options: { withPrivate?: boolean } = {}): boolean {
  const { blobs } = repository;
  if (options.withPrivate !== true && blobs.isPrivate(rid)) return false;
  return blobs.isReadable(rid) && !blobs.isShunned(blobs.hash(rid));
}

/** Whether an artifact of so many bytes travels in full whatever it is a version of. */
export function isSentWhole(size: number): boolean {
  return size <= SMALLEST_DELTIFIED || size > LARGEST_DELTIFIED;
}

function deltaAgainstParent(
  repository: Repository,
  rid: Rid,
  content: Uint8Array,
): { source: Hash; payload: Uint8Array } | undefined {
  if (isSentWhole(content.length)) return undefined;
  const parent = parentOf(repository, rid);
  if (parent === undefined || parent === rid) return undefined;
  // What is public must never need something private to be read.
  if (!isSendable(repository, parent, { withPrivate: repository.blobs.isPrivate(rid) })) return undefined;
  return deltaAgainst(repository, parent, content);
}

/** A delta that is worth sending, against an artifact that the other side may have. */
export function deltaAgainst(
  repository: Repository,
  source: Rid,
  content: Uint8Array,
): { source: Hash; payload: Uint8Array } | undefined {
  if (isSentWhole(content.length)) return undefined;
  if (repository.blobs.size(source) > LARGEST_DELTIFIED) return undefined;
  const payload = createDelta(repository.blobs.content(source), content);
  if (payload.length >= content.length - SMALLEST_SAVING) return undefined;
  return { source: repository.blobs.hash(source), payload };
}

/**
 * A parent check-in, else what the content replaced where it first appeared. Later places do not count: a file that comes back would be a
 * delta of what replaced it, which is a delta of it, and who has neither could read neither.
 */
function parentOf({ db }: Repository, rid: Rid): Rid | undefined {
  const source =
    db
      .prepare(
        'SELECT pid AS rid FROM plink WHERE cid=? AND pid NOT IN (SELECT rid FROM phantom) ORDER BY isprim DESC LIMIT 1',
      )
      .get<{ rid: Rid }>(rid)?.rid ??
    db
      .prepare('SELECT pid AS rid FROM mlink JOIN event ON objid=mid WHERE fid=? ORDER BY event.mtime, isaux LIMIT 1')
      .get<{ rid: Rid }>(rid)?.rid;
  return source !== undefined && source > 0 ? source : undefined;
}
