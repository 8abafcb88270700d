import { fromJulianDay } from '../codec/julian-day';
import type { Hash, JulianDay, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import type { Repository } from '../repository/repository';
import { resolveArtifact } from '../repository/version-names';
import { type HistorySource, readHistory } from './history-source';

/** A check-in next to another. */
export interface Relative {
  hash: Hash;
  /** Unix milliseconds; absent while the check-in itself has not come. */
  time?: number;
  /** False between a merge and what was merged. */
  isPrimary: boolean;
}

/** An artifact and where it stands in the history. */
export interface ArtifactStanding {
  hash: Hash;
  /** Unix milliseconds; absent, as what follows, for an artifact that has no line in the timeline. */
  time?: number;
  comment?: string;
  user?: string;
  parents: Relative[];
  children: Relative[];
  /** Names of branches and tags. */
  tags: string[];
}

/** What `fossil info NAME` tells. @throws EngineError `unknown-version`, `ambiguous-version` */
export function explainStanding(
  environment: Environment,
  source: HistorySource,
  name: string,
): Promise<ArtifactStanding> {
  return readHistory(environment, source, ({ repository, current }) =>
    standingOf(repository, resolveArtifact(repository, name, current === undefined ? {} : { current })),
  );
}

export function standingOf(repository: Repository, rid: Rid): ArtifactStanding {
  const { db } = repository;
  const event = db
    .prepare(
      "SELECT mtime, coalesce(ecomment,comment,'') AS comment, coalesce(euser,user,'?') AS user FROM event WHERE objid=?",
    )
    .get<{ mtime: JulianDay; comment: string; user: string }>(rid);
  // The order of names is that in which Fossil finds them.
  const tags = db
    .prepare(
      `SELECT substr(tagname,5) AS name FROM tagxref, tag
        WHERE tagxref.rid=? AND tagxref.tagtype>0 AND tag.tagid=tagxref.tagid AND tag.tagname GLOB 'sym-*'`,
    )
    .all<{ name: string }>(rid)
    .map(({ name }) => name);
  return {
    hash: repository.blobs.hash(rid),
    ...(event === undefined ? {} : { time: fromJulianDay(event.mtime), comment: event.comment, user: event.user }),
    parents: relatives(repository, rid, { of: 'cid', are: 'pid' }),
    children: relatives(repository, rid, { of: 'pid', are: 'cid' }),
    tags,
  };
}

function relatives(repository: Repository, rid: Rid, { of, are }: { of: string; are: string }): Relative[] {
  return repository.db
    .prepare(
      `SELECT uuid AS hash, isprim AS isPrimary, (SELECT mtime FROM event WHERE objid=${are}) AS mtime
         FROM plink JOIN blob ON blob.rid=${are} WHERE ${of}=? ORDER BY isprim DESC, plink.mtime DESC`,
    )
    .all<{ hash: Hash; isPrimary: number; mtime: JulianDay | null }>(rid)
    .map(({ hash, isPrimary, mtime }) => ({
      hash,
      ...(mtime === null ? {} : { time: fromJulianDay(mtime) }),
      isPrimary: isPrimary !== 0,
    }));
}
