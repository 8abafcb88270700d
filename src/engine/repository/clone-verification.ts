import { EngineError, throwIfCancelled } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { dropUnresolved } from './clone-store';
import { CrosslinkSession } from './crosslink-session';
import { inParentOrder } from './parent-order';
import type { Repository } from './repository';
import { defineTicketTables } from './ticket-tables';
import type { ArtifactHeader } from './verify-task';
import { verifyArtifacts, wrongArtifactError } from './verify';

export interface CloneVerification {
  artifacts: number;
  /** Bytes of all full artifacts. */
  logicalBytes: number;
  /** Deltas whose source the server never sent: dropped, left as phantoms. */
  unresolved: Hash[];
}

export interface CloneVerificationOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { phase: 'verify' | 'crosslink'; done: number; total: number }) => void;
}

type CheckinHeader = Extract<ArtifactHeader, { type: 'checkin' }>;

/** A transaction of the crosslink phase ends after about this many milliseconds, so that a cancel is heard. */
const SLICE_MILLISECONDS = 100;

/**
 * Verifies every artifact of a fresh clone against its name and derives all tables. Yields to the thread; cancellable.
 * @throws EngineError `hash-mismatch` or `content-corrupt` naming the artifact
 */
export async function verifyAndCrosslinkClone(
  repository: Repository,
  options: CloneVerificationOptions,
): Promise<CloneVerification> {
  const unresolved = repository.transaction(() => dropUnresolved(repository));
  const total = repository.blobs.count();
  const headers = new Map<Rid, ArtifactHeader>();
  const sizes = new Map<Rid, number>();
  const { artifacts, logicalBytes } = await verifyArtifacts(repository, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onVerified: (done) => options.onProgress?.({ phase: 'verify', done, total }),
    onStructural: (rid, header) => headers.set(rid, header),
    onSize: (rid, size) => sizes.set(rid, size),
    onWrong: (artifact) => {
      throw wrongArtifactError(artifact);
    },
  });
  requireAll(repository, artifacts, total);
  repository.transaction(() => {
    correctSizes(repository, sizes);
    defineTicketTables(repository);
    repository.db.exec(
      `INSERT OR IGNORE INTO unclustered SELECT rid FROM blob
        WHERE rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun)`,
    );
  });
  await crosslinkAll(repository, headers, options);
  return { artifacts, logicalBytes, unresolved };
}

/** Deltas that lead to no full text, such as a loop, were not among the batches. */
function requireAll(repository: Repository, verified: number, total: number): void {
  if (verified === total) return;
  const row = repository.db
    .prepare(
      `WITH RECURSIVE whole(rid) AS (
         SELECT rid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM delta)
         UNION SELECT delta.rid FROM delta JOIN whole ON delta.srcid=whole.rid
       ) SELECT uuid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM whole) ORDER BY rid LIMIT 1`,
    )
    .get<{ uuid: Hash }>();
  throw new EngineError(
    'content-corrupt',
    `Artifact ${row?.uuid ?? '(unknown)'} cannot be read: its deltas form a loop. Nothing has been kept; ask the server's owner to check its repository.`,
  );
}

/** A server may announce the compressed size of an artifact; the true one is known now. */
function correctSizes(repository: Repository, sizes: ReadonlyMap<Rid, number>): void {
  const update = repository.db.prepare('UPDATE blob SET size=? WHERE rid=?');
  const announced = repository.db.prepare('SELECT rid, size FROM blob WHERE size>=0').all<{ rid: Rid; size: number }>();
  for (const { rid, size } of announced) {
    const actual = sizes.get(rid);
    if (actual !== undefined && actual !== size) update.run(actual, rid);
  }
}

/** Check-ins parents first, then what refers to them; files last and newest first, along the delta chains. */
async function crosslinkAll(
  repository: Repository,
  headers: ReadonlyMap<Rid, ArtifactHeader>,
  options: CloneVerificationOptions,
): Promise<void> {
  const session = new CrosslinkSession(repository, { isBulk: true, deltify: false });
  const checkins: { rid: Rid; header: CheckinHeader }[] = [];
  const others: { rid: Rid; header: Exclude<ArtifactHeader, CheckinHeader> }[] = [];
  for (const [rid, header] of headers) {
    if (header.type === 'checkin') checkins.push({ rid, header });
    else others.push({ rid, header });
  }
  const ordered = inParentOrder(checkins, (hash) => repository.blobs.rid(hash));
  others.sort((a, b) => dateOf(a.header) - dateOf(b.header));
  const newestFirst = [...checkins].sort((a, b) => b.header.date - a.header.date);

  const steps = [
    ...ordered.map(
      ({ rid, header }) =>
        () =>
          linkCheckin(repository, session, rid, header, headers),
    ),
    ...others.map(
      ({ rid, header }) =>
        () =>
          session.crosslinkParsed(rid, header),
    ),
    ...newestFirst.map(
      ({ rid }) =>
        () =>
          linkFilesOf(repository, session, rid),
    ),
    () => session.end(),
  ];
  const { clock } = repository.environment;
  for (let next = 0; next < steps.length;) {
    throwIfCancelled(options.signal);
    const end = clock.now() + SLICE_MILLISECONDS;
    repository.transaction(() => {
      do steps[next++]?.();
      while (next < steps.length && clock.now() < end);
    });
    options.onProgress?.({ phase: 'crosslink', done: next, total: steps.length });
    await clock.yield();
  }
}

/** A check-in whose baseline is not here, or is none, waits for it. */
function linkCheckin(
  repository: Repository,
  session: CrosslinkSession,
  rid: Rid,
  header: CheckinHeader,
  headers: ReadonlyMap<Rid, ArtifactHeader>,
): void {
  const { blobs, db } = repository;
  const baseline = header.baseline === undefined ? undefined : blobs.ridOrPhantom(header.baseline);
  if (baseline !== undefined && headers.get(baseline)?.type !== 'checkin') {
    db.prepare('REPLACE INTO orphan(rid,baseline) VALUES(?,?)').run(rid, baseline);
  } else {
    session.linkCheckin(rid, header);
  }
}

function linkFilesOf(repository: Repository, session: CrosslinkSession, rid: Rid): void {
  const checkin = repository.checkins.checkin(rid);
  if (checkin !== undefined && repository.checkins.files(rid) !== undefined) session.linkFilesOf(rid, checkin);
}

function dateOf(header: ArtifactHeader): number {
  return header.type === 'cluster' ? 0 : header.date;
}
