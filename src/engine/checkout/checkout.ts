import { EngineError, hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import { checkoutDatabaseNames } from './file-name';
import { fingerprintFits, repositoryFingerprint } from './fingerprint';
import { joinPath, parentDirectory, resolvePath } from './paths';
import { renumberRids } from './renumber-rids';
import { createCheckoutTables, hasCheckoutTables, isOutdated, upgradeCheckoutTables } from './schema';
import { resetUndo } from './undo-state';

/** Smaller files of that name are no checkout databases. */
const smallestDatabase = 1024;

/** @returns the root of the checkout that holds `directory`: the nearest with `_FOSSIL_`, `.fslckout` or `.fos`; undefined when none */
export async function findCheckout(environment: Environment, directory: string): Promise<string | undefined> {
  let candidate: string | undefined = resolvePath(environment, directory, '');
  while (candidate !== undefined) {
    if ((await findCheckoutDatabase(environment, candidate)) !== undefined) return candidate;
    candidate = parentDirectory(environment, candidate);
  }
  return undefined;
}

/** @returns the absolute path of the checkout database in `directory`, found without opening it */
export async function findCheckoutDatabase(environment: Environment, directory: string): Promise<string | undefined> {
  for (const name of checkoutDatabaseNames) {
    const path = joinPath(environment, directory, name);
    const status = await environment.fs.status(path);
    if (status?.kind === 'file' && status.size >= smallestDatabase) return path;
  }
  return undefined;
}

/** @returns the absolute path of the database that a new checkout in `root` gets */
export function newCheckoutDatabase(environment: Environment, root: string): string {
  return joinPath(environment, root, environment.platform === 'win32' ? '_FOSSIL_' : '.fslckout');
}

export interface CheckoutOptions {
  /** Default `write`. */
  mode?: 'read' | 'write';
  allowPortableWrites?: boolean;
}

/** An open checkout: the repository with the checkout database attached as schema `localdb`. */
export class Checkout {
  readonly repository: Repository;
  /** Absolute, without a trailing separator. */
  readonly root: string;
  /** Absolute path of the checkout database. */
  readonly databasePath: string;
  readonly isWritable: boolean;

  private constructor(repository: Repository, root: string, databasePath: string, isWritable: boolean) {
    this.repository = repository;
    this.root = root;
    this.databasePath = databasePath;
    this.isWritable = isWritable;
  }

  /**
   * Opens the checkout whose root is `root`. When the repository has been replaced by another clone of the project, the row ids
   * are renumbered as Fossil does; when an old Fossil made the checkout, its tables are upgraded. Both need `write`.
   * @throws EngineError `not-a-checkout`, `not-a-repository`, `file-missing` (the repository has been moved),
   * `repository-changed` (the repository has been replaced and the checkout cannot follow)
   */
  static async open(environment: Environment, root: string, options: CheckoutOptions = {}): Promise<Checkout> {
    const absoluteRoot = resolvePath(environment, root, '');
    const databasePath = await findCheckoutDatabase(environment, absoluteRoot);
    if (databasePath === undefined) {
      throw new EngineError(
        'not-a-checkout',
        `${absoluteRoot} is not a Fossil checkout. Open a repository there first.`,
      );
    }
    const repositoryPath = resolvePath(environment, absoluteRoot, readRepositoryPath(environment, databasePath));
    if ((await environment.fs.status(repositoryPath)) === undefined) {
      throw new EngineError(
        'file-missing',
        `The repository of this checkout, ${repositoryPath}, is not there any more. Put it back, or open the repository in a new checkout.`,
      );
    }
    return Checkout.attach(environment, absoluteRoot, databasePath, repositoryPath, options);
  }

  /**
   * Makes a checkout database in `root`, which must exist, with nothing checked out.
   * @param options - `overRemains`: the file is there already, with nothing in it, as a kill leaves it
   * @throws EngineError `repository-exists` when it is there already, `not-a-repository`
   */
  static create(
    environment: Environment,
    root: string,
    repositoryPath: string,
    { overRemains = false, ...options }: Pick<CheckoutOptions, 'allowPortableWrites'> & { overRemains?: boolean } = {},
  ): Checkout {
    const databasePath = newCheckoutDatabase(environment, root);
    const repository = Repository.open(environment, repositoryPath, { mode: 'write', ...options });
    try {
      repository.db.attach(databasePath, 'localdb', overRemains ? 'write' : 'create');
      const checkout = new Checkout(repository, root, databasePath, true);
      repository.transaction(() => {
        createCheckoutTables(repository.db);
        checkout.setVariable('repository', repositoryPath.replaceAll('\\', '/'));
        checkout.setCurrent(0 as Rid);
        resetUndo(checkout);
      });
      return checkout;
    } catch (error) {
      repository.close();
      throw error;
    }
  }

  /** Opens repository and checkout database in one connection; the paths are known to exist. */
  private static attach(
    environment: Environment,
    root: string,
    databasePath: string,
    repositoryPath: string,
    options: CheckoutOptions,
  ): Checkout {
    const mode = options.mode ?? 'write';
    const repository = Repository.open(environment, repositoryPath, {
      mode,
      ...(options.allowPortableWrites === undefined ? {} : { allowPortableWrites: options.allowPortableWrites }),
    });
    try {
      repository.db.attach(databasePath, 'localdb', mode);
      const checkout = new Checkout(repository, root, databasePath, mode === 'write');
      checkout.adjust();
      return checkout;
    } catch (error) {
      repository.close();
      throw error;
    }
  }

  /** Current check-in; 0 in a checkout of an empty repository. Read anew each time: another program may have moved it. */
  get current(): Rid {
    return Number(this.variable('checkout') ?? 0) as Rid;
  }

  get environment(): Environment {
    return this.repository.environment;
  }

  /** A row of `vvar` as text. */
  variable(name: string): string | undefined {
    const row = this.repository.db
      .prepare('SELECT CAST(value AS TEXT) AS value FROM localdb.vvar WHERE name=?')
      .get<{ value: string | null }>(name);
    return row?.value ?? undefined;
  }

  setVariable(name: string, value: string | number): void {
    this.repository.db.prepare('REPLACE INTO localdb.vvar(name,value) VALUES(?,?)').run(name, String(value));
  }

  removeVariable(name: string): void {
    this.repository.db.prepare('DELETE FROM localdb.vvar WHERE name=?').run(name);
  }

  /** Records the check-in that is checked out, its hash, and the repository's fingerprint. In the caller's transaction. */
  setCurrent(rid: Rid): void {
    this.setVariable('checkout', rid);
    if (rid === 0) return;
    this.setVariable('checkout-hash', this.repository.blobs.hash(rid));
    const fingerprint = repositoryFingerprint(this.repository);
    if (fingerprint !== undefined) this.setVariable('fingerprint', fingerprint);
  }

  /** Absolute path of a file. @param path - relative, with `/` */
  absolute(path: string): string {
    return joinPath(this.environment, this.root, path);
  }

  close(): void {
    this.repository.close();
  }

  /** Brings an old or a foreign checkout database in line with the repository. */
  private adjust(): void {
    const { db } = this.repository;
    if (!hasCheckoutTables(db)) {
      throw new EngineError(
        'not-a-checkout',
        `${this.databasePath} is not a checkout database. Remove it and open the repository again.`,
      );
    }
    if (isOutdated(db)) {
      this.requireWritable('was made by a version of Fossil before 2019');
      this.repository.transaction(() => upgradeCheckoutTables(db));
    }
    const recorded = this.variable('fingerprint');
    if (this.current === 0 || recorded === undefined || fingerprintFits(this.repository, recorded)) return;
    this.requireWritable('belongs to another copy of its repository');
    this.repository.transaction(() => renumberRids(this));
  }

  private requireWritable(reason: string): void {
    if (this.isWritable) return;
    throw new EngineError(
      'repository-changed',
      `The checkout ${this.root} ${reason}. Allow writing to it once, so that it can be brought in line.`,
    );
  }
}

/** Reads where the repository is, with a connection of its own that ends before the repository is opened. */
function readRepositoryPath(environment: Environment, databasePath: string): string {
  const unusable = (cause?: unknown): EngineError =>
    new EngineError(
      'not-a-checkout',
      `${databasePath} is not a checkout database. Remove it and open the repository again.`,
      { cause },
    );
  let path: string | undefined;
  try {
    const db = environment.sqlite.open(databasePath, { mode: 'read' });
    try {
      path = db.prepare("SELECT value FROM vvar WHERE name='repository'").get<{ value: string }>()?.value;
    } finally {
      db.close();
    }
  } catch (error) {
    if (hasCode(error, 'file-access', 'repository-locked')) throw error;
    throw unusable(error);
  }
  if (path === undefined || path === '') throw unusable();
  return path;
}
