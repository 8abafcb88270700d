import { compareBytes } from '../codec/utf8';
import { hasCode, throwIfCancelled } from '../errors';
import type { DirectoryEntry } from '../platform/file-system';
import type { Checkout } from './checkout';
import { findCheckoutDatabase } from './checkout';
import { manifestFileSetting } from './checkout-settings';
import { checkoutDatabaseNames, withSidecars } from './file-name';
import type { GlobList } from './glob-list';
import { pathWithin } from './paths';
import { WorkingTree } from './working-file';

export interface ScanOptions {
  /** Where to start, relative; default the root. */
  directory?: string;
  /** Files and directories that match one of these are left out. */
  ignored: readonly GlobList[];
  withDotFiles: boolean;
  signal?: AbortSignal;
}

/**
 * Files on disk that are not managed, as `fossil extras` finds them (fossil.md 8.3): without nested checkouts, Fossil's own
 * files, and what lies behind a symbolic link.
 * @returns relative paths, sorted
 */
export async function scanUnmanaged(checkout: Checkout, options: ScanOptions): Promise<string[]> {
  const found: string[] = [];
  const scan = new UnmanagedScan(checkout, options, await namesToSkip(checkout));
  const start = options.directory ?? '';
  if (!scan.ignores(`${start}/`)) await scan.directory(start, found);
  return found.sort(compareBytes);
}

/** The repository file and the like, where they lie inside the checkout, and all managed names. */
async function namesToSkip(checkout: Checkout): Promise<Set<string>> {
  const { db, path } = checkout.repository;
  const managed = db.prepare('SELECT pathname FROM localdb.vfile').all<{ pathname: string }>();
  const names = new Set(managed.map((row) => row.pathname));
  for (const name of checkoutDatabaseNames) withSidecars(name).forEach((reserved) => names.add(reserved));
  const repository = pathWithin(checkout.environment, checkout.root, path);
  if (repository !== undefined) withSidecars(repository).forEach((reserved) => names.add(reserved));
  const written = await manifestFileSetting(checkout);
  if (written.manifest) names.add('manifest');
  if (written.hash) names.add('manifest.uuid');
  if (written.tags) names.add('manifest.tags');
  return names;
}

class UnmanagedScan {
  readonly #checkout: Checkout;
  readonly #options: ScanOptions;
  readonly #skipped: ReadonlySet<string>;
  readonly #tree: WorkingTree;

  constructor(checkout: Checkout, options: ScanOptions, skipped: ReadonlySet<string>) {
    this.#checkout = checkout;
    this.#options = options;
    this.#skipped = skipped;
    this.#tree = new WorkingTree(checkout);
  }

  ignores(path: string): boolean {
    return this.#options.ignored.some((globs) => globs.matches(path));
  }

  async directory(directory: string, found: string[]): Promise<void> {
    throwIfCancelled(this.#options.signal);
    for (const entry of await this.#list(directory)) {
      if (entry.name.startsWith('.') && !this.#options.withDotFiles) continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (this.ignores(path)) continue;
      if (entry.kind === 'directory') {
        if (!this.ignores(`${path}/`) && !(await this.#isCheckout(path))) await this.directory(path, found);
      } else if (!this.#skipped.has(path) && (await this.#isFile(path, entry))) {
        found.push(path);
      }
    }
  }

  /** A directory that may not be read, or that has just gone, holds nothing to report. */
  async #list(directory: string): Promise<DirectoryEntry[]> {
    try {
      return await this.#checkout.environment.fs.list(this.#checkout.absolute(directory));
    } catch (error) {
      if (hasCode(error, 'file-access', 'file-missing') && directory !== '') return [];
      throw error;
    }
  }

  async #isCheckout(directory: string): Promise<boolean> {
    const database = await findCheckoutDatabase(this.#checkout.environment, this.#checkout.absolute(directory));
    return database !== undefined;
  }

  /** A link counts when links are managed, else when a file is at its end. */
  async #isFile(path: string, entry: DirectoryEntry): Promise<boolean> {
    if (entry.kind !== 'symlink') return entry.kind === 'file';
    return this.#tree.allowsSymlinks || (await this.#tree.status(path))?.kind === 'file';
  }
}
