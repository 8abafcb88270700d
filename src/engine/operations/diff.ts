import type { Checkout } from '../checkout/checkout';
import { diffText, type TextDiff, type TextDiffOptions } from '../codec/text-diff';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { type CheckinChange, changesBetween } from '../repository/checkin-changes';
import type { Repository } from '../repository/repository';
import { changesInCheckout, type CheckoutSide } from './checkout-changes';
import { type CheckinDescription, describeCheckin } from './checkin-description';
import { ignoresCase } from './file-name-case';
import { type HistorySource, type OpenHistory, readHistory, versionIn } from './history-source';
import { pathFilter } from './path-filter';

export interface DiffRequest extends TextDiffOptions {
  /** The version before; default the checked-out one. */
  from?: string;
  /** The version after; default the files on disk. */
  to?: string;
  /** What this check-in changed against its primary parent, instead of `from` and `to`. */
  checkin?: string;
  /** What a branch changed since it left its parent, instead of `from` and `to`. */
  branch?: string;
  /** Files, directories and globs; none means all. */
  paths?: readonly string[];
  /** Default true; otherwise a renamed file is deleted and added. */
  followsRenames?: boolean;
  /** Compare the content of added and deleted files with nothing. */
  withWholeFiles?: boolean;
  /** Names of changed files alone. */
  isBrief?: boolean;
}

export interface FileDiff {
  /** In what comes after; of a deleted file, in what was before. */
  path: string;
  change: CheckinChange['change'] | CheckoutSide['change'];
  formerPath?: string;
  formerHash?: Hash;
  /** Content afterwards, where a version has it. */
  hash?: Hash;
  /** Absent where the content is not compared: added, deleted and missing files, and when names alone are wanted. */
  diff?: TextDiff;
}

export interface DiffResult {
  /** Absent when nothing is checked out. */
  from?: CheckinDescription;
  /** Absent: the files on disk. */
  to?: CheckinDescription;
  /** Sorted by the bytes of their paths. */
  files: FileDiff[];
  /** Paths asked for that are nowhere: one that is mistyped must not read as one without changes. Absent when there are none. */
  unknown?: string[];
}

/** What differs between two versions, or a version and the disk (`fossil diff`). @throws EngineError `unknown-version`, `usage`, `not-a-checkout` */
export function diffVersions(
  environment: Environment,
  source: HistorySource,
  request: DiffRequest,
): Promise<DiffResult> {
  return readHistory(environment, source, async (history) => {
    const { repository, checkout, current } = history;
    const { from, to } = endsOf(history, request);
    if (to === undefined) return diffWithDisk(requireCheckout(checkout), from, request);
    const base = from ?? current;
    if (base === undefined) throw new EngineError('usage', 'Name the version to compare with: --from VERSION.');
    const files = diffCheckins(repository, base, to, request);
    const unknown = await unknownPaths(repository, request.paths ?? [], files, [base, to]);
    return { from: describeCheckin(repository, base), to: describeCheckin(repository, to), files, ...unknown };
  });
}

/** @returns undefined for what the checkout stands for: its version, or the disk */
function endsOf(history: OpenHistory, request: DiffRequest): { from: Rid | undefined; to: Rid | undefined } {
  const { from, to, checkin, branch } = request;
  const given = [checkin, branch, from ?? to].filter((value) => value !== undefined);
  if (given.length > 1) throw new EngineError('usage', 'Give only one of --checkin, --branch, and --from with --to.');
  const resolve = (name: string | undefined): Rid | undefined =>
    name === undefined ? undefined : versionIn(history, name);
  if (branch !== undefined) return { from: resolve(`root:${branch}`), to: resolve(branch) };
  if (checkin === undefined) {
    if (to !== undefined && from === undefined) throw new EngineError('usage', 'Beside --to, give --from VERSION.');
    return { from: resolve(from), to: resolve(to) };
  }
  const child = versionIn(history, checkin);
  const { db } = history.repository;
  const parent = db.prepare('SELECT pid FROM plink WHERE cid=? AND isprim').get<{ pid: Rid }>(child)?.pid;
  if (parent !== undefined) return { from: parent, to: child };
  throw new EngineError('usage', `Check-in ${checkin} has no parent to compare it with.`);
}

function diffCheckins(repository: Repository, from: Rid, to: Rid, request: DiffRequest): FileDiff[] {
  const isWanted = pathFilter(request.paths ?? [], ignoresCase(repository));
  const contentOf = (hash: Hash | undefined): Uint8Array => {
    const rid = hash === undefined ? undefined : repository.blobs.rid(hash);
    return rid === undefined ? new Uint8Array() : repository.blobs.content(rid);
  };
  return changesBetween(repository, from, to, { followsRenames: request.followsRenames ?? true })
    .filter(({ path, formerPath }) => isWanted(path) || (formerPath !== undefined && isWanted(formerPath)))
    .filter(({ hash, formerHash, change }) => change === 'renamed' || hash !== formerHash)
    .map((changed) => {
      const { path, change, formerPath, hash, formerHash, permission, formerPermission } = changed;
      const isSameKind =
        permission === undefined ||
        formerPermission === undefined ||
        (permission === 'symlink') === (formerPermission === 'symlink');
      const compare = (): TextDiff =>
        isSameKind ? diffText(contentOf(formerHash), contentOf(hash), request) : { kind: 'symlink' };
      return {
        ...{ path, change },
        ...(formerPath === undefined ? {} : { formerPath }),
        ...(formerHash === undefined ? {} : { formerHash }),
        ...(hash === undefined ? {} : { hash }),
        ...(isCompared(change, request) && hash !== formerHash ? { diff: compare() } : {}),
      };
    });
}

async function diffWithDisk(checkout: Checkout, from: Rid | undefined, request: DiffRequest): Promise<DiffResult> {
  const { repository, current } = checkout;
  const base = from ?? current;
  const isWanted = pathFilter(request.paths ?? [], ignoresCase(repository));
  const files: FileDiff[] = [];
  for (const side of await changesInCheckout(checkout, base, request.followsRenames ?? true)) {
    const { path, change, formerPath, formerHash } = side;
    if (!isWanted(path) && (formerPath === undefined || !isWanted(formerPath))) continue;
    const before = side.before === undefined ? new Uint8Array() : repository.blobs.content(side.before);
    const after = isCompared(change, request) || change === 'edited' ? await side.read() : undefined;
    const isSame = after !== undefined && isSameContent(before, after);
    if (isSame && change === 'edited') continue;
    files.push({
      ...{ path, change },
      ...(formerPath === undefined ? {} : { formerPath }),
      ...(formerHash === undefined ? {} : { formerHash }),
      ...(after === undefined || !isCompared(change, request) || isSame
        ? {}
        : { diff: side.isSameKind ? diffText(before, after, request) : { kind: 'symlink' } }),
    });
  }
  const unknown = await unknownPaths(repository, request.paths ?? [], files, [base], checkout.root);
  return { ...(base === 0 ? {} : { from: describeCheckin(repository, base) }), files, ...unknown };
}

/** @param root - of the checkout, when its files are compared */
async function unknownPaths(
  repository: Repository,
  paths: readonly string[],
  changed: readonly FileDiff[],
  checkins: readonly Rid[],
  root?: string,
): Promise<Pick<DiffResult, 'unknown'>> {
  if (paths.length === 0) return {};
  const isCaseIgnored = ignoresCase(repository);
  const names = [
    ...changed.flatMap(({ path, formerPath }) => [path, formerPath ?? path]),
    ...checkins.flatMap((checkin) => [...(repository.checkins.files(checkin)?.keys() ?? [])]),
  ];
  const unknown: string[] = [];
  for (const path of paths.map((name) => name.replace(/\/+$/, ''))) {
    if (path === '' || /[*?[]/.test(path)) continue;
    if (names.some(pathFilter([path], isCaseIgnored))) continue;
    const status = root === undefined ? undefined : await repository.environment.fs.status(`${root}/${path}`);
    if (status === undefined) unknown.push(path);
  }
  return unknown.length === 0 ? {} : { unknown };
}

function isCompared(change: FileDiff['change'], request: DiffRequest): boolean {
  if (request.isBrief === true) return false;
  return change === 'edited' || change === 'renamed' || request.withWholeFiles === true;
}

function requireCheckout(checkout: Checkout | undefined): Checkout {
  if (checkout !== undefined) return checkout;
  throw new EngineError(
    'not-a-checkout',
    'Files on disk are those of a checkout: go into one, or give --from and --to.',
  );
}

function isSameContent(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
