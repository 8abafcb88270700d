import { unpackContainer } from '../codec/container';
import { applyDelta } from '../codec/delta-apply';
import { createDeltaOfLike } from '../codec/delta-create';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { letGo } from '../platform/let-go';
import type { StoredBlob } from '../repository/blob-store';
import type { Repository } from '../repository/repository';
import type { MessageWriter } from './message-writer';

/** Shorter artifacts travel whole, and a delta must save this much (fossil.md 3.3). */
const SMALLEST_DELTIFIED = 100;
const SMALLEST_SAVING = 50;
/** Larger contents are not kept by whoever reads them: each is read once. */
const LARGE = 4 * 1024 * 1024;

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
  const { blobs } = repository;
  const hash = blobs.hash(rid);
  const parent = options.isWhole === true ? undefined : usableParent(repository, rid);
  const stored = parent === undefined ? undefined : storedDelta(repository, rid, parent);
  if (stored !== undefined) return { hash, ...stored };
  const content = blobs.content(rid);
  const delta = parent === undefined ? undefined : deltaAgainst(repository, parent, { rid, content });
  return { hash, ...(delta ?? { payload: content }) };
}

/** @param options.withPrivate - the other side gets private content, too */
export function isSendable(repository: Repository, rid: Rid, options: { withPrivate?: boolean } = {}): boolean {
  const { blobs } = repository;
  if (options.withPrivate !== true && blobs.isPrivate(rid)) return false;
  return blobs.isReadable(rid) && !blobs.isShunned(blobs.hash(rid));
}

/** Whether an artifact of so many bytes travels in full whatever it is a version of. */
export function isSentWhole(size: number): boolean {
  return size <= SMALLEST_DELTIFIED;
}

/** A delta that is worth sending. */
export interface SentDelta {
  source: Hash;
  payload: Uint8Array;
}

/**
 * A delta that is worth sending, against an artifact that the other side may have.
 * @param target - let go of where there is one: whoever sends the delta has no use for it
 */
export function deltaAgainst(
  repository: Repository,
  source: Rid,
  target: { rid: Rid; content: Uint8Array },
): SentDelta | undefined {
  const { content } = target;
  const { length } = content;
  if (isSentWhole(length)) return undefined;
  const from = sourceContent(repository, source, target);
  const payload = createDeltaOfLike(from, content);
  letGo(from);
  if (payload === undefined || payload.length >= length - SMALLEST_SAVING) return undefined;
  letGo(content);
  return { source: repository.blobs.hash(source), payload };
}

/** What is public must never need something private to be read. */
function usableParent(repository: Repository, rid: Rid): Rid | undefined {
  const { blobs } = repository;
  if (isSentWhole(blobs.size(rid))) return undefined;
  const parent = parentOf(repository, rid);
  if (parent === undefined || parent === rid) return undefined;
  return isSendable(repository, parent, { withPrivate: blobs.isPrivate(rid) }) ? parent : undefined;
}

/** An artifact as it is stored, where that is as a delta of its parent: so it costs nothing, however large it is. */
function storedDelta(repository: Repository, rid: Rid, parent: Rid): SentDelta | undefined {
  const stored = storedDeltaOf(repository, rid, parent);
  if (stored?.source === undefined) return undefined;
  const payload = unlessDamaged(() => unpacked(repository, stored));
  if (payload === undefined || payload.length >= stored.size - SMALLEST_SAVING) return undefined;
  return { source: stored.source.hash, payload };
}

/** A large version is stored as a delta of the next one, which is in memory already. */
function sourceContent(repository: Repository, source: Rid, target: { rid: Rid; content: Uint8Array }): Uint8Array {
  const stored = target.content.length < LARGE ? undefined : storedDeltaOf(repository, source, target.rid);
  const content = stored && unlessDamaged(() => applyDelta(target.content, unpacked(repository, stored)));
  return content ?? repository.blobs.content(source);
}

function unpacked({ environment }: Repository, { container }: StoredBlob): Uint8Array {
  return unpackContainer(environment.zlib, container, LARGEST_ARTIFACT);
}

/** Whoever reads it whole says what is wrong with it. */
function unlessDamaged(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function storedDeltaOf({ blobs, db }: Repository, rid: Rid, source: Rid): StoredBlob | undefined {
  const isDelta = db.prepare('SELECT 1 FROM delta WHERE rid=? AND srcid=?').get(rid, source) !== undefined;
  return isDelta ? blobs.stored(rid) : undefined;
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
