import type { Checkout } from '../checkout/checkout';
import { parseArtifact } from '../artifact/parse';
import type { Artifact } from '../artifact/types';
import { EngineError } from '../errors';
import { isHash, type Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { artifactTitle } from '../repository/artifact-title';
import type { Repository } from '../repository/repository';
import { ancestors } from '../repository/versions';
import { describeCheckin } from './checkin-description';
import { incomingCheckins } from './incoming';
import { outgoingArtifacts } from './outgoing';
import { filesChangedBy, type PendingFile } from './pending-files';
import { lastSyncMark } from './sync-mark';
import { readCheckout } from './with-checkout';

export type ArtifactKind =
  'checkin' | 'file' | 'control' | 'cluster' | 'wiki' | 'ticket' | 'technote' | 'attachment' | 'forum';

/** One artifact in the Incoming / Outgoing tree. */
export interface PendingArtifact {
  kind: ArtifactKind;
  hash: string;
  /** Bytes of the full artifact. */
  size: number;
  /** A check-in's comment, a file's path, or what the artifact says about itself. */
  title: string;
  user?: string;
  /** Unix milliseconds. */
  time?: number;
  branch?: string;
  /** Of a check-in: the files it changed. */
  files?: PendingFile[];
}

/** One of the two lists. */
export interface PendingList {
  /** Newest first; files stand below their check-in, or alone when no listed check-in has them. */
  artifacts: PendingArtifact[];
  /** Of all artifacts, those below check-ins and those that are not listed included. */
  count: number;
  bytes: number;
  /** Older artifacts that are not listed: thousands of them are no reading matter. */
  unlisted: number;
}

export interface PendingArtifacts {
  /** What the next push sends. */
  outgoing: PendingList;
  /** What the last sync brought that the checkout does not have yet. */
  incoming: PendingList;
}

/** @param listed - how many artifacts are described at most in each list */
export function pendingArtifacts(environment: Environment, root: string, listed = 2000): Promise<PendingArtifacts> {
  return readCheckout(environment, root, (checkout) => {
    const { repository } = checkout;
    return {
      outgoing: listOf(repository, outgoingArtifacts(repository), listed),
      incoming: listOf(repository, incomingArtifacts(checkout), listed),
    };
  });
}

/** The bytes of an artifact, for a preview. @throws EngineError `unknown-version`, `artifact-missing` */
export function artifactContent(environment: Environment, root: string, hash: string): Promise<Uint8Array> {
  return readCheckout(environment, root, ({ repository }) => {
    const rid = isHash(hash) ? repository.blobs.rid(hash) : undefined;
    if (rid === undefined) throw new EngineError('unknown-version', `The repository has no artifact ${hash}.`);
    return repository.blobs.content(rid);
  });
}

/** What the last sync brought, and the check-ins below the current one that were there before: `status` counts those, too. */
function incomingArtifacts(checkout: Checkout): Rid[] {
  const { repository, current } = checkout;
  return [...new Set([...incomingCheckins(repository, current), ...arrivedArtifacts(checkout)])].sort(
    (left, right) => left - right,
  );
}

/** Artifacts of the last sync, but for check-ins that the checkout builds on already, and their files. */
function arrivedArtifacts(checkout: Checkout): Rid[] {
  const { repository, current } = checkout;
  const mark = lastSyncMark(repository);
  if (mark === undefined) return [];
  const known = ancestors(repository, current);
  const arrived = repository.db
    .prepare(
      `SELECT blob.rid, event.type='ci' AS isCheckin, (SELECT mid FROM mlink WHERE fid=blob.rid LIMIT 1) AS checkin
         FROM blob JOIN rcvfrom USING(rcvid) LEFT JOIN event ON event.objid=blob.rid
        WHERE rcvid>? AND size>=0 AND coalesce(rcvfrom.uid,0)=0 ORDER BY blob.rid`,
    )
    .all<{ rid: Rid; isCheckin: number | null; checkin: Rid | null }>(mark);
  return arrived
    .filter(
      ({ rid, isCheckin, checkin }) => !(isCheckin === 1 ? known.has(rid) : checkin !== null && known.has(checkin)),
    )
    .map(({ rid }) => rid);
}

function listOf(repository: Repository, rids: readonly Rid[], listed: number): PendingList {
  return {
    artifacts: describeAll(repository, [...rids].reverse().slice(0, listed)),
    count: rids.length,
    bytes: rids.reduce((sum, rid) => sum + repository.blobs.size(rid), 0),
    unlisted: Math.max(0, rids.length - listed),
  };
}

/** What is listed as a file of a check-in is not listed again. */
function describeAll(repository: Repository, newestFirst: readonly Rid[]): PendingArtifact[] {
  const artifacts = newestFirst.map((rid) => describeArtifact(repository, rid));
  const shown = new Set(artifacts.flatMap((artifact) => (artifact.files ?? []).map((file) => file.hash)));
  return artifacts.filter((artifact) => artifact.kind !== 'file' || !shown.has(artifact.hash));
}

function describeArtifact(repository: Repository, rid: Rid): PendingArtifact {
  const { blobs, environment } = repository;
  const hash = blobs.hash(rid);
  const size = blobs.size(rid);
  const name = fileName(repository, rid);
  if (name !== undefined) return { kind: 'file', hash, size, title: name };
  if (!blobs.isReadable(rid)) return { kind: 'file', hash, size, title: 'Content that has not been received yet' };
  const artifact = parseArtifact(blobs.content(rid), environment.hash);
  if (artifact === undefined) return { kind: 'file', hash, size, title: 'A file that no check-in here has' };
  if (artifact.type === 'checkin') {
    const { comment, user, time, branch } = describeCheckin(repository, rid);
    return { kind: 'checkin', hash, size, title: comment, user, time, branch, files: filesChangedBy(repository, rid) };
  }
  return {
    kind: artifact.type,
    hash,
    size,
    title: artifactTitle(artifact),
    ...authorOf(artifact),
    ...('date' in artifact ? { time: artifact.date } : {}),
  };
}

function fileName(repository: Repository, rid: Rid): string | undefined {
  return repository.db
    .prepare('SELECT name FROM mlink JOIN filename USING(fnid) WHERE fid=? LIMIT 1')
    .get<{ name: string }>(rid)?.name;
}

function authorOf(artifact: Exclude<Artifact, { type: 'checkin' }>): { user?: string } {
  const user = artifact.type === 'cluster' ? undefined : artifact.user;
  return user === undefined ? {} : { user };
}
