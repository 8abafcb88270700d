import type { Checkout } from '../checkout/checkout';
import { managedFiles } from '../checkout/managed-files';
import { type ChangeKind, checkoutStatus } from '../checkout/status';
import { lowerAscii } from '../codec/ascii-case';
import { compareBytes } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { type FilePermission, filesOfCheckin } from '../repository/checkin-files';
import { FileAges } from '../repository/file-ages';
import type { Repository } from '../repository/repository';
import { ignoresCase } from './file-name-case';
import { type HistorySource, readHistory, versionIn } from './history-source';
import { pathFilter } from './path-filter';

export interface ListRequest {
  /** A version; by default the files that are managed in the checkout. */
  version?: string;
  /** Files, directories and globs; none means all. */
  paths?: readonly string[];
  /** Default: what the setting `case-sensitive` says. */
  isCaseSensitive?: boolean;
  /** Say since when each content is there. */
  withAges?: boolean;
  /** Say what has changed in the checkout. */
  withChanges?: boolean;
  /** Tell changes by hashing every file, whatever its time says. */
  byContent?: boolean;
  /** Newest first, instead of by name. */
  isByTime?: boolean;
}

export interface ListedFile {
  path: string;
  permission: FilePermission;
  /** Content in the version; absent for a file that is only added. */
  hash?: Hash;
  /** Bytes of it. */
  size?: number;
  /** Unix milliseconds since when that content is there; in a version always, in a checkout with `withAges`. */
  time?: number;
  /** In a checkout, with `withChanges`. */
  change?: ChangeKind | 'unchanged';
}

/** Files of a version or of a checkout (`fossil ls`). @throws EngineError `unknown-version`, `usage` */
export function listFiles(
  environment: Environment,
  source: HistorySource,
  request: ListRequest,
): Promise<ListedFile[]> {
  return readHistory(environment, source, (history) => {
    const { repository, checkout } = history;
    if (request.version !== undefined) {
      return filesOfVersion(repository, versionIn(history, request.version), request);
    }
    if (checkout !== undefined) return filesOfCheckout(checkout, request);
    throw new EngineError('usage', 'Name the version whose files are to be listed: -r VERSION.');
  });
}

function filesOfVersion(repository: Repository, checkin: Rid, request: ListRequest): ListedFile[] {
  const ages = new FileAges(repository, checkin, 'first');
  const isWanted = pathFilter(request.paths ?? [], ignoresCase(repository, request.isCaseSensitive));
  const size = repository.db.prepare('SELECT size FROM blob WHERE rid=?');
  const files = filesOfCheckin(repository, checkin)
    .filter(({ name }) => isWanted(name))
    .map(({ name, hash, permission }) => {
      const rid = repository.blobs.rid(hash);
      const time = rid === undefined ? undefined : ages.timeOf(rid);
      const bytes = rid === undefined ? -1 : (size.get<{ size: number }>(rid)?.size ?? -1);
      return {
        ...{ path: name, permission, hash },
        ...(bytes < 0 ? {} : { size: bytes }),
        ...(time === undefined ? {} : { time }),
      };
    });
  return request.isByTime === true ? newestFirst(files) : files.sort((a, b) => compareIgnoringCase(a.path, b.path));
}

async function filesOfCheckout(checkout: Checkout, request: ListRequest): Promise<ListedFile[]> {
  const changes = request.withChanges === true ? await changesOf(checkout, request) : undefined;
  const ages = request.withAges === true ? new FileAges(checkout.repository, checkout.current, 'last') : undefined;
  const isWanted = pathFilter(request.paths ?? [], ignoresCase(checkout.repository, request.isCaseSensitive));
  const listed = managedFiles(checkout)
    .filter(({ path }) => isWanted(path))
    .map(({ path, permission, rid, hash, size, mtime }) => {
      const time = rid === 0 ? undefined : ages?.timeOf(rid);
      return {
        mtime,
        file: {
          ...{ path, permission },
          ...(rid === 0 || hash === undefined ? {} : { hash, size }),
          ...(time === undefined ? {} : { time }),
          ...(changes === undefined ? {} : { change: changes.get(path) ?? ('unchanged' as const) }),
        },
      };
    });
  if (request.isByTime === true && ages !== undefined) return newestFirst(listed.map(({ file }) => file));
  if (request.isByTime === true) listed.sort((a, b) => b.mtime - a.mtime);
  return listed.map(({ file }) => file);
}

async function changesOf(checkout: Checkout, { byContent = false }: ListRequest): Promise<Map<string, ChangeKind>> {
  const { changes } = await checkoutStatus(checkout, { withExtras: false, byContent });
  return new Map(changes.map(({ path, kind }) => [path, kind]));
}

function newestFirst(files: ListedFile[]): ListedFile[] {
  return files.sort((a, b) => (b.time ?? 0) - (a.time ?? 0) || compareBytes(a.path, b.path));
}

/** Only ASCII letters have a case, as for SQLite. */
function compareIgnoringCase(a: string, b: string): number {
  return compareBytes(lowerAscii(a), lowerAscii(b)) || compareBytes(a, b);
}
