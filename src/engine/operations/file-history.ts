import { examineFiles } from '../checkout/signatures';
import { changeCode } from '../checkout/managed-files';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { type ArtifactFacts, artifactFacts } from '../repository/artifact-facts';
import { fileHistory, type FileHistoryOptions, type FileRevision } from '../repository/file-history';
import { ignoresCase, nameAmong } from './file-name-case';
import { type HistorySource, type OpenHistory, readHistory, versionIn } from './history-source';

/** A file's content in a version. */
export interface VersionedFile {
  path: string;
  hash: Hash;
  content: Uint8Array;
}

/** How a file of the checkout stands to the checked-out version. */
export interface FileStanding {
  path: string;
  status: 'new' | 'deleted' | 'renamed' | 'edited' | 'unchanged' | 'unknown';
  /** A check-in that has its content; absent when none does. */
  checkin?: Hash;
}

/** What happened to a file (`fossil finfo`). @throws EngineError `file-not-managed` when no check-in ever had it */
export function readFileHistory(
  environment: Environment,
  source: HistorySource,
  request: { path: string } & FileHistoryOptions,
): Promise<FileRevision[]> {
  return readHistory(environment, source, ({ repository }) => {
    const { path, ...options } = request;
    const isKnown = repository.db.prepare('SELECT 1 FROM filename WHERE name=?').get(path) !== undefined;
    if (isKnown) return fileHistory(repository, path, options);
    throw new EngineError('file-not-managed', `No check-in of this repository has a file "${path}".`);
  });
}

/** Contents of files in a version, by default the checked-out one, else the tip (`fossil cat`). @throws EngineError `file-not-managed` */
export function readFiles(
  environment: Environment,
  source: HistorySource,
  request: { paths: readonly string[]; version?: string; isCaseSensitive?: boolean },
): Promise<VersionedFile[]> {
  return readHistory(environment, source, (history) => {
    const { repository } = history;
    const files = repository.checkins.files(versionOf(history, request.version));
    const isCaseIgnored = ignoresCase(repository, request.isCaseSensitive);
    return request.paths.map((asked) => {
      const path = files?.has(asked) === false ? (nameAmong(files.keys(), asked, isCaseIgnored) ?? asked) : asked;
      const hash = files?.get(path)?.hash;
      const rid = hash === undefined ? undefined : repository.blobs.rid(hash);
      if (hash === undefined || rid === undefined) throw noSuchFile(path, request.version);
      return { path, hash, content: repository.blobs.content(rid) };
    });
  });
}

/** What the content of a file in a version is, and where else it is used (`fossil finfo -i`). @throws EngineError `file-not-managed` */
export function explainFile(
  environment: Environment,
  source: HistorySource,
  request: { path: string; version?: string },
): Promise<ArtifactFacts> {
  return readHistory(environment, source, (history) => {
    const { repository } = history;
    const hash = repository.checkins.files(versionOf(history, request.version))?.get(request.path)?.hash;
    const rid = hash === undefined ? undefined : repository.blobs.rid(hash);
    if (rid === undefined) throw noSuchFile(request.path, request.version);
    return artifactFacts(repository, rid);
  });
}

/** How a file of a checkout stands (`fossil finfo -s`). @throws EngineError `not-a-checkout` */
export function fileStanding(environment: Environment, source: HistorySource, path: string): Promise<FileStanding> {
  return readHistory(environment, source, async ({ repository, checkout }) => {
    if (checkout === undefined) {
      throw new EngineError('not-a-checkout', 'Only a file of a checkout has a status: leave -R away.');
    }
    const file = (await examineFiles(checkout)).find((examined) => examined.file.path === path)?.file;
    if (file === undefined) return { path, status: 'unknown' };
    const checkin = repository.db
      .prepare('SELECT uuid FROM mlink JOIN blob ON blob.rid=mid WHERE fid=? ORDER BY mlink.rowid LIMIT 1')
      .get<{ uuid: Hash }>(file.rid)?.uuid;
    const status =
      file.rid === 0
        ? 'new'
        : file.isDeleted
          ? 'deleted'
          : file.formerPath !== undefined
            ? 'renamed'
            : file.change !== changeCode.none
              ? 'edited'
              : 'unchanged';
    return { path, status, ...(checkin === undefined ? {} : { checkin }) };
  });
}

function versionOf(history: OpenHistory, version: string | undefined): Rid {
  if (version === undefined && history.current !== undefined) return history.current;
  return versionIn(history, version ?? 'tip');
}

function noSuchFile(path: string, version: string | undefined): EngineError {
  const where = version === undefined ? 'the version that is looked at' : `version ${version}`;
  return new EngineError('file-not-managed', `There is no file "${path}" in ${where}.`);
}
