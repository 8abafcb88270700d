import type { Repository } from '../repository/repository';
import { findUser } from '../repository/users';

/** The Fossil whose JSON interface is imitated. */
const RELEASE = { name: '2.21', number: 22100, date: '2023-02-26 19:24:24', year: '2023', api: '20120713' };

/**
 * Answers `/json/stat` and `/json/version` as Fossil does (fossil.md 9).
 * @returns undefined for any other path
 */
export function answerJson(repository: Repository, path: string, query: URLSearchParams): unknown {
  const begin = repository.environment.clock.now();
  const envelope = (command: string, rest: object): unknown => {
    const milliseconds = Math.round(repository.environment.clock.now() - begin);
    return {
      fossil: 'trilobite',
      timestamp: Math.floor(begin / 1000),
      ...('resultCode' in rest ? rest : {}),
      command,
      procTimeUs: milliseconds * 1000,
      procTimeMs: milliseconds,
      ...('resultCode' in rest ? {} : { payload: rest }),
    };
  };
  if (path === '/json/version') return envelope('version', version());
  if (path !== '/json/stat') return undefined;
  const capabilities = findUser(repository, 'nobody')?.capabilities ?? '';
  if (!/[aiso]/.test(capabilities))
    return envelope('stat', { resultCode: 'FOSSIL-2002', resultText: "Requires 'o' permissions." });
  return envelope('stat', { ...statistics(repository), ...(isFull(query) ? artifactStatistics(repository) : {}) });
}

function version(): object {
  return {
    manifestVersion: 'trilobite',
    manifestDate: RELEASE.date,
    manifestYear: RELEASE.year,
    releaseVersion: RELEASE.name,
    releaseVersionNumber: RELEASE.number,
    jsonApiVersion: RELEASE.api,
  };
}

function statistics({ db, config }: Repository): object {
  const size = db
    .prepare('SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()')
    .get<{ size: number }>();
  const name = config.get('project-name');
  return {
    ...(name === undefined ? {} : { projectName: name }),
    repositorySize: size?.size ?? 0,
    projectCode: config.get('project-code') ?? '',
  };
}

function artifactStatistics({ db }: Repository): object {
  const row = db
    .prepare(
      `SELECT count(*) AS blobs, (SELECT count(*) FROM delta) AS deltas,
              coalesce(sum(size), 0) AS total, coalesce(max(size), 0) AS largest
         FROM (SELECT max(size, 0) AS size FROM blob)`,
    )
    .get<{ blobs: number; deltas: number; total: number; largest: number }>();
  if (!row) return {};
  return {
    blobCount: row.blobs,
    deltaCount: row.deltas,
    uncompressedArtifactSize: row.total,
    averageArtifactSize: row.blobs === 0 ? 0 : Math.floor(row.total / row.blobs),
    maxArtifactSize: row.largest,
  };
}

function isFull(query: URLSearchParams): boolean {
  return /^(1|true|yes|on)$/i.test(query.get('full') ?? '');
}
