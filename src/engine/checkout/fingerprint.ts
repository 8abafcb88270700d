import { utf8 } from '../codec/utf8';
import type { Repository } from '../repository/repository';

/**
 * What tells a repository file from another clone of the same project, whose rids differ (fossil.md 8.2).
 * @param receipt - id of the `rcvfrom` row; default the newest
 * @returns `RCVID/MD5`, or undefined when there is no such row
 */
export function repositoryFingerprint(repository: Repository, receipt?: number): string | undefined {
  return fingerprintOf(repository, 'datetime(mtime)', receipt);
}

/** @returns whether a recorded fingerprint still fits, in today's form or in the one that older versions of Fossil wrote */
export function fingerprintFits(repository: Repository, recorded: string): boolean {
  const receipt = Number.parseInt(recorded, 10);
  return (
    fingerprintOf(repository, 'datetime(mtime)', receipt) === recorded ||
    fingerprintOf(repository, 'quote(mtime)', receipt) === recorded
  );
}

function fingerprintOf(
  repository: Repository,
  time: 'datetime(mtime)' | 'quote(mtime)',
  receipt: number | undefined,
): string | undefined {
  const row = repository.db
    .prepare(
      `SELECT rcvid, quote(uid) || coalesce(${time}, '') || quote(nonce) || quote(ipaddr) AS origin
         FROM main.rcvfrom WHERE rcvid=coalesce(?, (SELECT max(rcvid) FROM main.rcvfrom))`,
    )
    .get<{ rcvid: number; origin: string }>(receipt ?? null);
  if (row === undefined) return undefined;
  return `${row.rcvid}/${repository.environment.hash.hex('md5', utf8(row.origin))}`;
}
