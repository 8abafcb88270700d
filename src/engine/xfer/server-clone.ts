import { packContainer, unpackContainer } from '../codec/container';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { CARD_SIZES, CloneRange, type PlannedRange, STORED_ARTIFACTS } from './clone-range';
import { CloneWindows } from './clone-windows';
import type { MessageWriter } from './message-writer';
import type { ReplySnapshot } from './reply-snapshot';
import { refuseSha3 } from './sha3-refusal';

/** Rids that are measured together. */
const WINDOW = 64;
/** Content is read and sent in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

export interface CloneSlice {
  /** First rid to send. */
  sequence: number;
  dangling: ReadonlySet<Rid>;
  withPrivate: boolean;
  /** The client knows SHA3 names. */
  takesSha3: boolean;
  /** @returns whether the reply has reached its limit, when `planned` bytes more are to be sent */
  isFull: (planned: number) => boolean;
}

/** How an artifact leaves that does not simply leave as it is stored. */
type Treatment = 'hidden' | 'private' | 'expanded' | 'refused';

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
  const ranges = new RangeCollector((range) => reply.later(new CloneRange(repository, range, snapshot)));
  const windows = CloneWindows.of(repository);
  const next = eachStretch(repository, slice, {
    plain: (first, last) => planRanges(repository, first, last, ranges, windows, slice),
    // A range is all that stands between its ends.
    gap: () => ranges.flush(),
    special: (rid, treatment) => {
      ranges.flush();
      if (treatment === 'refused') {
        refuseSha3(reply);
        return;
      }
      if (treatment === 'private') reply.card('private');
      const stored = treatment === 'private' ? repository.blobs.stored(rid) : undefined;
      if (stored) {
        reply.compressedFile(stored.hash, stored.size, stored.container, stored.source?.hash);
        return;
      }
      const content = repository.blobs.content(rid);
      reply.compressedFile(
        repository.blobs.hash(rid),
        content.length,
        packContainer(repository.environment.zlib, content),
      );
    },
    isFull: () => slice.isFull(ranges.bytes),
  });
  ranges.flush();
  reply.card('clone_seqno', next);
}

/** The same with `file` cards, inflated (clone protocol 2). */
export function writeInflatedCloneArtifacts(repository: Repository, reply: MessageWriter, slice: CloneSlice): void {
  const { blobs, environment } = repository;
  const isFull = (): boolean => slice.isFull(0);
  const write = (rid: Rid, treatment?: Treatment): void => {
    if (treatment === 'refused') {
      refuseSha3(reply);
      return;
    }
    if (treatment === 'private') reply.card('private');
    const stored = treatment === 'expanded' ? undefined : blobs.stored(rid);
    if (stored === undefined) reply.file(blobs.hash(rid), blobs.content(rid));
    else
      reply.file(
        stored.hash,
        unpackContainer(environment.zlib, stored.container, LARGEST_ARTIFACT),
        stored.source?.hash,
      );
  };
  const next = eachStretch(repository, slice, {
    plain: (first, last) => {
      const rows = repository.db.prepare(`SELECT b.rid FROM ${STORED_ARTIFACTS} ORDER BY b.rid`);
      for (const { rid } of rows.all<{ rid: Rid }>(first, last)) {
        if (isFull()) return rid;
        write(rid);
      }
      return undefined;
    },
    gap: () => undefined,
    special: write,
    isFull,
  });
  reply.card('clone_seqno', next);
}

interface Walk {
  /** Takes artifacts that leave as they are stored. @returns where it stopped because the reply is full */
  plain(first: Rid, last: Rid): Rid | undefined;
  /** Passes over what is hidden. */
  gap(): void;
  special(rid: Rid, treatment: Treatment): void;
  isFull(): boolean;
}

/** Walks over all artifacts from the slice's first on, those that need a treatment one by one. @returns the rid to go on with, 0 at the end */
function eachStretch(repository: Repository, slice: CloneSlice, walk: Walk): Rid | 0 {
  const end = repository.db.prepare('SELECT coalesce(max(rid), 0) AS rid FROM blob').get<{ rid: Rid }>()?.rid ?? 0;
  let next = slice.sequence;
  for (const [rid, treatment] of specialArtifacts(repository, slice)) {
    if (rid < next) continue;
    const stopped = stretch(next, rid - 1, walk);
    if (stopped !== undefined) return stopped;
    if (treatment === 'hidden') walk.gap();
    else {
      if (walk.isFull()) return rid;
      walk.special(rid, treatment);
    }
    next = rid + 1;
  }
  return stretch(next, end, walk) ?? 0;
}

function stretch(first: number, last: number, walk: Walk): Rid | undefined {
  for (let start = first; start <= last; start += WINDOW) {
    const stopped = walk.plain(start as Rid, Math.min(last, start + WINDOW - 1) as Rid);
    if (stopped !== undefined) return stopped;
  }
  return undefined;
}

/** By rid. A public artifact must not depend on what the other side may not have. */
export function specialArtifacts(
  repository: Repository,
  { dangling, withPrivate, takesSha3 }: Pick<CloneSlice, 'dangling' | 'withPrivate' | 'takesSha3'>,
): [Rid, Treatment][] {
  const rids = (sql: string): Rid[] =>
    repository.db
      .prepare(sql)
      .all<{ rid: Rid }>()
      .map((row) => row.rid);
  const isHidden = new Set(rids('SELECT rid FROM private JOIN blob USING(rid) WHERE size>=0'));
  const isShunned = new Set(rids('SELECT rid FROM shun CROSS JOIN blob USING(uuid) WHERE size>=0'));
  const special = new Map<Rid, Treatment>();
  if (!takesSha3) {
    const named = rids('SELECT rid FROM blob WHERE length(uuid)>40 AND size>=0');
    for (const rid of named) special.set(rid, 'refused');
  }
  if (isHidden.size + isShunned.size > 0) {
    const exposing = rids(
      `SELECT rid FROM delta WHERE srcid IN (SELECT rid FROM shun CROSS JOIN blob USING(uuid))
          OR (srcid IN (SELECT rid FROM private) AND rid NOT IN (SELECT rid FROM private))`,
    );
    for (const rid of exposing) if (!special.has(rid)) special.set(rid, 'expanded');
  }
  for (const rid of isHidden) special.set(rid, withPrivate && special.get(rid) === undefined ? 'private' : 'hidden');
  for (const rid of isShunned) special.set(rid, 'hidden');
  for (const rid of dangling) special.set(rid, 'hidden');
  return [...special].sort(([a], [b]) => a - b);
}

/** @returns where it stopped because the reply is full */
function planRanges(
  { db }: Repository,
  first: Rid,
  last: Rid,
  ranges: RangeCollector,
  windows: CloneWindows,
  { isFull }: CloneSlice,
): Rid | undefined {
  const { artifacts, deltas, bytes: all } = windows.sums(first, last);
  if (artifacts === 0) return undefined;
  if (all <= PIECE_BYTES && !isFull(ranges.bytes + all)) {
    ranges.add({ first, last, artifacts, deltas, bytes: all });
    return undefined;
  }
  const each = db.prepare(CARD_SIZES).all<{ rid: Rid; isDelta: 0 | 1; bytes: number }>(first, last);
  for (const { rid, isDelta, bytes } of each) {
    if (isFull(ranges.bytes)) return rid;
    ranges.add({ first: rid, last: rid, artifacts: 1, deltas: isDelta, bytes });
  }
  return undefined;
}

/** Joins neighbours to ranges of a good size. */
class RangeCollector {
  readonly #emit: (range: PlannedRange) => void;
  #range: PlannedRange | undefined;

  constructor(emit: (range: PlannedRange) => void) {
    this.#emit = emit;
  }

  /** Of the range that is not emitted yet. */
  get bytes(): number {
    return this.#range?.bytes ?? 0;
  }

  add(more: PlannedRange): void {
    if (this.#range && this.#range.bytes + more.bytes > PIECE_BYTES) this.flush();
    const { first, artifacts, deltas, bytes } = this.#range ?? { first: more.first, artifacts: 0, deltas: 0, bytes: 0 };
    this.#range = {
      first,
      last: more.last,
      artifacts: artifacts + more.artifacts,
      deltas: deltas + more.deltas,
      bytes: bytes + more.bytes,
    };
  }

  flush(): void {
    if (this.#range) this.#emit(this.#range);
    this.#range = undefined;
  }
}
