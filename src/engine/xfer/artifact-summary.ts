import { parseArtifact } from '../artifact/parse';
import type { Artifact } from '../artifact/types';
import { fromJulianDay } from '../codec/julian-day';
import type { Hash, JulianDay, Rid } from '../identifiers';
import { artifactTitle } from '../repository/artifact-title';
import type { Repository } from '../repository/repository';

const KINDS = ['checkin', 'file', 'control', 'cluster', 'wiki', 'ticket', 'technote', 'attachment', 'forum'] as const;

/** What an artifact is, in a line. */
export interface ArtifactSummary {
  kind: (typeof KINDS)[number];
  /** Bytes of the full artifact, where they are known. */
  size?: number;
  /** A check-in's comment, a file's path, or what the artifact says about itself; a file that no check-in names has none. */
  title?: string;
  user?: string;
  /** Unix milliseconds. */
  time?: number;
}

/** Reads what a server says of an artifact. @returns undefined for what makes no sense */
export function readSummary(json: string): ArtifactSummary | undefined {
  const value = parsed(json);
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, size, title, user, time } = value as Record<string, unknown>;
  const known = KINDS.find((name) => name === kind);
  if (known === undefined) return undefined;
  return {
    kind: known,
    ...(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof user === 'string' ? { user } : {}),
    ...(typeof time === 'number' && Number.isFinite(time) ? { time } : {}),
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Of a structural artifact that has been read. */
export function summaryOf(artifact: Artifact, size: number): ArtifactSummary {
  const title = artifactTitle(artifact);
  if (artifact.type === 'cluster') return { kind: 'cluster', size, title };
  const { user } = artifact;
  return {
    kind: artifact.type,
    size,
    title,
    ...(user === undefined ? {} : { user }),
    time: artifact.date,
  };
}

/** Of an artifact of a repository, from its tables where they tell. */
export function storedSummary(repository: Repository, rid: Rid): { hash: Hash; summary: ArtifactSummary } | undefined {
  const { blobs, db, environment } = repository;
  const row = db
    .prepare(
      `SELECT uuid AS hash, size, type, mtime, coalesce(euser, user) AS user, coalesce(ecomment, comment) AS comment,
              (SELECT name FROM mlink JOIN filename USING(fnid)
                WHERE fid=rid AND mid NOT IN (SELECT rid FROM private) LIMIT 1) AS name
         FROM blob LEFT JOIN event ON objid=rid WHERE rid=? AND size>=0`,
    )
    .get<StoredRow>(rid);
  if (row === undefined) return undefined;
  const { hash, size, type, name } = row;
  if (name !== null) return { hash, summary: { kind: 'file', size, title: name } };
  if (type === 'ci') {
    const { comment, user, mtime } = row;
    return {
      hash,
      summary: {
        kind: 'checkin',
        size,
        title: comment ?? '',
        ...(user === null ? {} : { user }),
        time: fromJulianDay(mtime),
      },
    };
  }
  const artifact = blobs.isReadable(rid) ? parseArtifact(blobs.content(rid), environment.hash) : undefined;
  return { hash, summary: artifact === undefined ? { kind: 'file', size } : summaryOf(artifact, size) };
}

interface StoredRow {
  hash: Hash;
  size: number;
  type: string | null;
  mtime: JulianDay;
  user: string | null;
  comment: string | null;
  name: string | null;
}
