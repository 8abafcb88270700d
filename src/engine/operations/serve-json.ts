import type { Repository } from '../repository/repository';
import { Permissions } from '../xfer/server-login';
import type { RequestOrigin, ServerOptions } from '../xfer/server-options';

/** The Fossil whose JSON interface is imitated. */
const RELEASE = { name: '2.21', number: 22100, date: '2023-02-26 19:24:24', year: '2023', api: '20120713' };
/** What stands where Fossil names its own source. */
const PROGRAM = 'trilobite';
const DAYS_PER_YEAR = 365.2425;

type Answer = { payload: object } | { resultCode: string; resultText: string };

/**
 * Answers `/json/stat` and `/json/version` as Fossil 2.21 does (fossil.md 9), with its codes for what it refuses or does not know.
 * @param path - begins with `/json/`
 * @returns undefined where Fossil says nothing
 */
export function answerJson(
  repository: Repository,
  path: string,
  query: URLSearchParams,
  caller: { origin?: RequestOrigin; options?: ServerOptions } = {},
): unknown {
  const begin = repository.environment.clock.now();
  const command = path.split('/')[2] ?? '';
  if (command === '') return undefined;
  const answer = answerTo(command, repository, query, caller);
  const requestId = query.get('requestId');
  const milliseconds = Math.round(repository.environment.clock.now() - begin);
  return {
    fossil: PROGRAM,
    timestamp: Math.floor(begin / 1000),
    ...('resultCode' in answer ? answer : {}),
    command: 'resultCode' in answer && answer.resultCode === 'FOSSIL-1102' ? '' : command,
    ...(requestId === null ? {} : { requestId }),
    procTimeUs: milliseconds * 1000,
    procTimeMs: milliseconds,
    ...('payload' in answer ? answer : {}),
  };
}

function answerTo(
  command: string,
  repository: Repository,
  query: URLSearchParams,
  caller: { origin?: RequestOrigin; options?: ServerOptions },
): Answer {
  if (command === 'version' || command === 'HAI') return { payload: version() };
  if (command !== 'stat') return { resultCode: 'FOSSIL-1102', resultText: `Unknown command: ${command}` };
  const permissions = new Permissions(repository, caller.options);
  const { authorization } = caller.origin ?? {};
  const isKnown = authorization === undefined || permissions.authorize(authorization);
  if (!isKnown || !permissions.mayRead) return { resultCode: 'FOSSIL-2002', resultText: "Requires 'o' permissions." };
  return { payload: statistics(repository, isSet(query, 'full') || isSet(query, 'verbose')) };
}

function version(): object {
  return {
    manifestUuid: PROGRAM,
    manifestVersion: `[${PROGRAM}]`,
    manifestDate: RELEASE.date,
    manifestYear: RELEASE.year,
    releaseVersion: RELEASE.name,
    releaseVersionNumber: RELEASE.number,
    resultCodeParanoiaLevel: 0,
    jsonApiVersion: RELEASE.api,
  };
}

function statistics(repository: Repository, isFull: boolean): object {
  const { db, config } = repository;
  const file = db
    .prepare(
      `SELECT page_count AS pageCount, page_size AS pageSize, freelist_count AS freeList, encoding, journal_mode AS journalMode,
              sqlite_source_id() AS source, sqlite_version() AS version
         FROM pragma_page_count(), pragma_page_size(), pragma_freelist_count(), pragma_encoding(), pragma_journal_mode()`,
    )
    .get<{
      pageCount: number;
      pageSize: number;
      freeList: number;
      encoding: string;
      journalMode: string;
      source: string;
      version: string;
    }>();
  const { source = '', version: release = '', pageCount = 0, pageSize = 0, ...rest } = file ?? {};
  const [name, description] = [config.get('project-name'), config.get('project-description')];
  const days = ageInDays(repository);
  return {
    ...(name === undefined ? {} : { projectName: name }),
    ...(description === undefined ? {} : { projectDescription: description }),
    repositorySize: pageCount * pageSize,
    ...(isFull ? artifactStatistics(repository, pageCount * pageSize) : {}),
    ageDays: days,
    ageYears: days / DAYS_PER_YEAR,
    projectCode: config.get('project-code') ?? '',
    compiler: PROGRAM,
    sqlite: { version: `${source.slice(0, 19)} [${source.slice(20, 30)}] (${release})`, pageCount, pageSize, ...rest },
  };
}

function artifactStatistics({ db }: Repository, fileSize: number): object {
  const blobs = db
    .prepare(
      `SELECT count(*) AS count, (SELECT count(*) FROM delta) AS deltas, total(size) FILTER (WHERE size>0) AS total,
              avg(size) FILTER (WHERE size>0) AS average, max(size) FILTER (WHERE size>0) AS largest FROM blob`,
    )
    .get<{ count: number; deltas: number; total: number; average: number | null; largest: number | null }>();
  const { count = 0, deltas = 0, total = 0, average, largest } = blobs ?? {};
  const counts = db
    .prepare(
      `SELECT (SELECT count(DISTINCT mid) FROM mlink) AS checkinCount, (SELECT count(*) FROM filename) AS fileCount,
              (SELECT count(*) FROM tag WHERE tagname GLOB 'wiki-*') AS wikiPageCount,
              (SELECT count(*) FROM tag WHERE tagname GLOB 'tkt-*') AS ticketCount`,
    )
    .get<Record<string, number>>();
  const sizes = {
    uncompressedArtifactSize: total,
    averageArtifactSize: Math.floor(average ?? 0),
    maxArtifactSize: largest ?? 0,
    compressionRatio: ratio(total, fileSize),
  };
  return { blobCount: count, deltaCount: deltas, ...(count > 0 ? sizes : {}), ...counts };
}

/** Below 5 to 1 it is told in tenths. */
function ratio(total: number, fileSize: number): string {
  const isLow = Math.floor(total / fileSize) < 5;
  return isLow ? `${Math.floor(total / Math.floor(fileSize / 10))}:10` : `${Math.floor(total / fileSize)}:1`;
}

/** Days since the first event, begun ones counted; 0 where nothing has happened. */
function ageInDays({ db, environment }: Repository): number {
  const row = db
    .prepare("SELECT CAST(julianday(?, 'unixepoch') - (SELECT min(mtime) FROM event) + 0.99 AS INTEGER) AS days")
    .get<{ days: number | null }>(environment.clock.now() / 1000);
  return row?.days ?? 0;
}

function isSet(query: URLSearchParams, name: string): boolean {
  return /^(1|true|yes|on|[1-9]\d*)$/i.test(query.get(name) ?? '');
}
