import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { Checkout } from '../../../src/engine/checkout/checkout';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createNativeDriver } from '../../../src/engine/platform/sqlite-native';
import { Repository } from '../../../src/engine/repository/repository';
import { runFossil } from '../../support/run-fossil';

/** The SQLite drivers that the running Node has; `TRILOBITE_TEST_DRIVER=native` leaves the portable one to a Node that has no other. */
export const drivers: readonly ('native' | 'portable')[] =
  createNativeDriver() === undefined
    ? ['portable']
    : process.env['TRILOBITE_TEST_DRIVER'] === 'native'
      ? ['native']
      : ['native', 'portable'];

/** A directory with a repository that `fossil` made, and an environment of its own to work on it. */
export class FossilFixture {
  readonly environment: Environment;
  readonly directory: string;
  readonly repository: string;
  readonly #variables: NodeJS.ProcessEnv;

  private constructor(environment: Environment, directory: string, variables: NodeJS.ProcessEnv) {
    this.environment = environment;
    this.directory = directory;
    this.repository = path.join(directory, 'project.fossil');
    this.#variables = variables;
  }

  static async create(driver: 'native' | 'portable'): Promise<FossilFixture> {
    const directory = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-checkout-')));
    const home = path.join(directory, 'home');
    await fs.mkdir(home);
    const variables = { PATH: process.env['PATH'], HOME: home, USER: 'alice', TZ: 'UTC' };
    const environment = await createNodeEnvironment({ driver, homeDirectory: home, variables, busyTimeout: 2000 });
    const fixture = new FossilFixture(environment, directory, variables);
    await fixture.fossil(directory, 'init', fixture.repository, '--admin-user', 'alice');
    await fixture.fossil(directory, 'settings', 'autosync', 'off', '--global');
    return fixture;
  }

  /** Runs `fossil` in a directory. @returns its output; rejects when it fails */
  async fossil(cwd: string, ...args: string[]): Promise<string> {
    return (await runFossil(args, { cwd, env: this.#variables })).toString('utf8');
  }

  /** Runs `fossil` to its end before anything else happens here. */
  fossilNow(cwd: string, ...args: string[]): void {
    execFileSync('fossil', args, { cwd, env: this.#variables });
  }

  /** Makes a checkout with `fossil open`. @returns its root */
  async fossilOpen(name = 'work', ...args: string[]): Promise<string> {
    const root = path.join(this.directory, name);
    await fs.mkdir(root, { recursive: true });
    // Relative, so that a copy of the whole directory is a twin of its own.
    await this.fossil(root, 'open', path.relative(root, this.repository), ...args);
    return root;
  }

  /** Writes files, then lets `fossil` add all and commit. */
  async fossilCommit(root: string, comment: string, files: Record<string, string>, ...args: string[]): Promise<void> {
    await this.write(root, files);
    await this.fossil(root, 'addremove', '--dotfiles');
    await this.fossil(root, 'commit', '--hash', '-m', comment, '--no-warnings', '--no-prompt', ...args);
  }

  async write(root: string, files: Record<string, string>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(root, name);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, content);
    }
  }

  /** Opens a checkout with our engine for the length of `work`. */
  async withCheckout<T>(root: string, work: (checkout: Checkout) => Promise<T> | T): Promise<T> {
    const checkout = await Checkout.open(this.environment, root, { mode: 'write', allowPortableWrites: true });
    try {
      return await work(checkout);
    } finally {
      checkout.close();
    }
  }

  /** Rows of a query, through the `sqlite3` of `fossil`, columns joined by `|`. */
  async query(database: string, sql: string): Promise<string[]> {
    const output = await this.fossil(this.directory, 'sql', '--no-repository', database, sql);
    return output.split('\n').filter((line) => line !== '');
  }

  /** What `work` does to the repository, or another file, in one transaction of our engine. */
  inTransaction<T>(work: (repository: Repository) => T, file = this.repository): T {
    const repository = Repository.open(this.environment, file, { allowPortableWrites: true });
    try {
      return repository.transaction(() => work(repository));
    } finally {
      repository.close();
    }
  }

  /** A copy of everything, on which something else can be done. */
  async twin(): Promise<FossilFixture> {
    const directory = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-twin-')));
    await fs.cp(this.directory, directory, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    const variables = { ...this.#variables, HOME: path.join(directory, 'home') };
    return new FossilFixture(this.environment, directory, variables);
  }

  async remove(): Promise<void> {
    await fs.rm(this.directory, { recursive: true, force: true });
  }
}

/** All files below a directory with their content, links and executables marked. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  const entries = await fs.readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, file);
    if (entry.isSymbolicLink()) tree[name] = `link to ${await fs.readlink(file)}`;
    else if (entry.isFile() && !/^(\.fslckout|_FOSSIL_)/.test(entry.name)) {
      const isExecutable = ((await fs.stat(file)).mode & 0o100) !== 0;
      tree[name] = `${isExecutable ? 'executable: ' : ''}${await fs.readFile(file, 'utf8')}`;
    }
  }
  return tree;
}
