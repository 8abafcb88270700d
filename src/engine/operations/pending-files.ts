import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';

/** A file that a check-in changed. */
export interface PendingFile {
  path: string;
  change: 'added' | 'edited' | 'deleted' | 'renamed';
  /** Content in this check-in; absent when deleted. */
  hash?: string;
  /** Content before; absent when added. */
  formerHash?: string;
  formerPath?: string;
  /** Bytes of the content in this check-in. */
  size: number;
}

interface LinkRow {
  path: string;
  formerPath: string | null;
  hash: string | null;
  formerHash: string | null;
  size: number | null;
}

/** What a check-in changed against its primary parent, by path. The old name of a renamed file is not listed as deleted. */
export function filesChangedBy(repository: Repository, checkin: Rid): PendingFile[] {
  const rows = repository.db
    .prepare(
      `SELECT name AS path, (SELECT name FROM filename WHERE fnid=mlink.pfnid) AS formerPath,
              (SELECT uuid FROM blob WHERE rid=mlink.fid) AS hash, (SELECT size FROM blob WHERE rid=mlink.fid) AS size,
              (SELECT uuid FROM blob WHERE rid=mlink.pid) AS formerHash
         FROM mlink JOIN filename USING(fnid) WHERE mid=? AND NOT isaux ORDER BY name`,
    )
    .all<LinkRow>(checkin);
  const renamed = new Set(rows.map((row) => row.formerPath));
  return rows.filter((row) => row.hash !== null || !renamed.has(row.path)).map(pendingFile);
}

function pendingFile(row: LinkRow): PendingFile {
  return {
    path: row.path,
    change:
      row.hash === null
        ? 'deleted'
        : row.formerPath !== null
          ? 'renamed'
          : row.formerHash === null
            ? 'added'
            : 'edited',
    ...(row.hash === null ? {} : { hash: row.hash }),
    ...(row.formerHash === null ? {} : { formerHash: row.formerHash }),
    ...(row.formerPath === null ? {} : { formerPath: row.formerPath }),
    size: Math.max(0, row.size ?? 0),
  };
}
