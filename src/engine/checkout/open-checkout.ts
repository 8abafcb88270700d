import { EngineError, hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import type { DirectoryEntry } from '../platform/file-system';
import type { ProgressListener } from '../progress';
import { recordCheckoutGlobally } from '../repository/global-config';
import type { Repository } from '../repository/repository';
import { resolveVersion } from '../repository/versions';
import { Checkout, findCheckout, findCheckoutDatabase, newCheckoutDatabase } from './checkout';
import { unversionedSetting } from './checkout-settings';
import { checkoutDatabaseNames, withSidecars } from './file-name';
import { pathWithin, resolvePath } from './paths';
import { updateCheckout, type AppliedSteps } from './update';
import { WorkingTree } from './working-file';

export interface OpenCheckoutOptions {
  /** Default: the newest check-in that carries the main branch's name. */
  version?: string;
  /** Open in a directory that holds files, or inside another checkout. Files with other content are kept as `NAME-original`. */
  force?: boolean;
  /** Open inside another checkout. */
  isNested?: boolean;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
  allowPortableWrites?: boolean;
}

/**
 * Makes a checkout of a repository in `root` and writes the files of a version, as `fossil open` does. When that fails there is no
 * checkout, and the directory is as it was where that could be undone; after a kill, opening again finishes the work.
 * @throws EngineError `checkout-exists`, `directory-not-empty` (unless `force`), `file-missing` (no such repository)
 */
export async function openCheckout(
  environment: Environment,
  repositoryPath: string,
  root: string,
  options: OpenCheckoutOptions = {},
): Promise<Checkout> {
  const repository = await environment.fs.realPath(resolvePath(environment, root, repositoryPath));
  if ((await environment.fs.status(repository))?.kind !== 'file') {
    throw new EngineError('file-missing', `There is no repository file ${repository}.`);
  }
  const checkout = await beginCheckout(environment, repository, resolvePath(environment, root, ''), options);
  const applied: AppliedSteps = { written: [], removed: [], movedAside: [] };
  try {
    const target = versionToOpen(checkout, options.version);
    if (target !== undefined) await updateCheckout(checkout, target, options, applied);
    recordInRepository(checkout);
    await recordCheckoutGlobally(environment, { repository, root: checkout.root });
    return checkout;
  } catch (error) {
    await abandon(checkout, applied);
    throw error;
  }
}

/** A new checkout with nothing in it, or the one that a kill left in that state. */
async function beginCheckout(
  environment: Environment,
  repository: string,
  root: string,
  options: OpenCheckoutOptions,
): Promise<Checkout> {
  const access = options.allowPortableWrites === undefined ? {} : { allowPortableWrites: options.allowPortableWrites };
  if ((await findCheckoutDatabase(environment, root)) !== undefined) {
    const unfinished = await Checkout.open(environment, root, access);
    if (unfinished.current === 0 && unfinished.repository.path === repository) return unfinished;
    unfinished.close();
  }
  await requireRoom(environment, root, repository, options);
  const directory = await prepareDirectory(environment, root);
  const database = newCheckoutDatabase(environment, directory);
  const overRemains = (await environment.fs.status(database)) !== undefined;
  try {
    return Checkout.create(environment, directory, repository, { ...access, overRemains });
  } catch (error) {
    // What somebody else has put there may be what he is making just now.
    const isOwn = !overRemains && !hasCode(error, 'repository-exists');
    if (isOwn) await removeDatabase(environment, database);
    throw error;
  }
}

/**
 * Whether a checkout may be made in `root`; it changes nothing.
 * @throws EngineError `checkout-exists` in another one unless that is wanted, `directory-not-empty`
 */
export async function requireRoom(
  environment: Environment,
  root: string,
  repository: string,
  { force = false, isNested = force }: Pick<OpenCheckoutOptions, 'force' | 'isNested'>,
): Promise<void> {
  const outer = await findCheckout(environment, root);
  if (outer !== undefined && (outer === root || !isNested)) {
    throw new EngineError(
      'checkout-exists',
      `${outer} is a Fossil checkout already. Close it first, or choose another directory.`,
    );
  }
  const status = await environment.fs.status(root);
  if (status === undefined) return;
  if (status.kind !== 'directory') {
    throw new EngineError('directory-not-empty', `${root} is not a directory. Choose another place for the checkout.`);
  }
  const directory = await environment.fs.realPath(root);
  // A checkout's database in here would have been found, unless a kill left nothing but its name.
  const remains = checkoutDatabaseNames.flatMap(withSidecars);
  const own = new Set([...withSidecars(pathWithin(environment, directory, repository) ?? ''), ...remains]);
  const isForeign = ({ name, kind }: DirectoryEntry): boolean => kind !== 'file' || !own.has(name);
  if (!force && (await environment.fs.list(directory)).some(isForeign)) {
    throw new EngineError(
      'directory-not-empty',
      `${directory} is not empty. Choose an empty directory for the checkout.`,
    );
  }
}

/** @returns the directory's real path; it exists */
async function prepareDirectory(environment: Environment, root: string): Promise<string> {
  if ((await environment.fs.status(root)) === undefined) await environment.fs.makeDirectory(root);
  return environment.fs.realPath(root);
}

/** @returns undefined in a repository without check-ins */
function versionToOpen(checkout: Checkout, version: string | undefined): Rid | undefined {
  const { repository } = checkout;
  if (version !== undefined) return resolveVersion(repository, version);
  // By name, not by branch: a branch that never cancelled the name, as imports from git make them, counts too.
  const mainBranch = unversionedSetting(checkout, 'main-branch') ?? 'trunk';
  return versionIfThere(repository, `tag:${mainBranch}`) ?? versionIfThere(repository, 'tip');
}

function versionIfThere(repository: Repository, name: string): Rid | undefined {
  try {
    return resolveVersion(repository, name);
  } catch (error) {
    if (hasCode(error, 'unknown-version')) return undefined;
    throw error;
  }
}

function recordInRepository(checkout: Checkout): void {
  const root = checkout.root.replaceAll('\\', '/').replace(/\/?$/, '/');
  checkout.repository.transaction(() => checkout.repository.config.set(`ckout:${root}`, '1'));
}

/** Takes back a checkout that did not come about: its files, its database, and what was moved aside for it. */
async function abandon(checkout: Checkout, { written, movedAside }: AppliedSteps): Promise<void> {
  const { environment, databasePath } = checkout;
  const tree = new WorkingTree(checkout);
  checkout.close();
  for (const path of written) await tree.remove(path);
  for (const { path, to } of movedAside) await environment.fs.rename(checkout.absolute(to), checkout.absolute(path));
  await removeDatabase(environment, databasePath);
}

async function removeDatabase({ fs }: Environment, databasePath: string): Promise<void> {
  for (const path of withSidecars(databasePath)) await fs.remove(path);
}
