import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { CommandLine } from '../interop/cli/command-line';
import type { FossilSandbox } from '../support/fossil-sandbox';
import type { Seeded } from '../support/seeded';

/** Somebody with a clone and a checkout of it. */
export abstract class SoakClient {
  /** Of the repository. */
  abstract readonly file: string;
  protected abstract readonly root: string;
  commits = 0;

  constructor(readonly name: string) {}

  abstract prepare(url: string): Promise<void>;
  /** @returns what went wrong, if anything */
  abstract sync(direction: 'sync' | 'pull' | 'push', url: string): Promise<string | undefined>;
  /** Goes to whatever was committed last. */
  abstract update(): Promise<void>;
  protected abstract record(file: string, isNew: boolean, branch: string | undefined): Promise<void>;

  /** Edits a file, or makes one, and commits, forks or not. */
  async commit(seeded: Seeded, { onNewBranch }: { onNewBranch: boolean }): Promise<void> {
    const file = path.join(this.root, `${seeded.pick(['a', 'b', 'c'])}-${this.name}.txt`);
    const before = await fs.readFile(file, 'utf8').catch(() => undefined);
    const lines = (before ?? 'line\n'.repeat(20 + seeded.below(60))).split('\n');
    lines[seeded.below(lines.length)] = `${this.name} ${this.commits} ${seeded.below(1_000_000)}`;
    await fs.writeFile(file, lines.join('\n'));
    // Of a name that nobody else takes: a branch that is there and open already would be refused.
    const branch = onNewBranch ? `${this.name}-${this.commits}` : undefined;
    await this.record(path.basename(file), before === undefined, branch);
    this.commits++;
  }

  protected get comment(): string {
    return `commit ${this.commits} by ${this.name}`;
  }
}

export class StockClient extends SoakClient {
  readonly file: string;
  protected readonly root: string;
  readonly #sandbox: FossilSandbox;

  constructor(sandbox: FossilSandbox, name: string) {
    super(name);
    this.#sandbox = sandbox;
    this.file = sandbox.path(`${name}.fossil`);
    this.root = sandbox.path(name);
  }

  async prepare(url: string): Promise<void> {
    await this.#sandbox.fossil(['clone', url, this.file]);
    await fs.mkdir(this.root);
    await this.#sandbox.fossil(['open', this.file], { cwd: this.root });
  }

  async sync(direction: 'sync' | 'pull' | 'push', url: string): Promise<string | undefined> {
    try {
      await this.#sandbox.fossil([direction, url, '--once', '-R', this.file]);
      return undefined;
    } catch (error) {
      return String(error);
    }
  }

  async update(): Promise<void> {
    await this.#sandbox.fossil(['update', 'tip'], { cwd: this.root });
  }

  protected async record(file: string, isNew: boolean, branch: string | undefined): Promise<void> {
    const options = { cwd: this.root };
    if (isNew) await this.#sandbox.fossil(['add', file], options);
    const more = branch === undefined ? [] : ['--branch', branch];
    // By their times alone two versions of one size written in one second are the same to `fossil`.
    const command = ['commit', '--hash', '-m', this.comment, '--no-warnings', '--allow-fork', ...more];
    await this.#sandbox.fossil(command, options);
  }
}

export class OurClient extends SoakClient {
  readonly file: string;
  protected readonly root: string;
  readonly #line: CommandLine;

  constructor(line: CommandLine, name: string) {
    super(name);
    this.#line = line;
    this.file = line.path(`${name}.fossil`);
    this.root = line.path(name);
  }

  async prepare(url: string): Promise<void> {
    await this.#line.succeed(['clone', url, this.file]);
    await fs.mkdir(this.root);
    await this.#line.succeed(['open', this.file, this.root, '--nosync']);
  }

  async sync(direction: 'sync' | 'pull' | 'push', url: string): Promise<string | undefined> {
    const { exitCode, complaints } = await this.#line.run([direction, '-R', this.file, '--url', url, '--once']);
    return exitCode === 0 ? undefined : complaints;
  }

  async update(): Promise<void> {
    const { exitCode, complaints } = await this.#line.run(['update', this.root, '--version', 'tip', '--nosync']);
    // A pull that was cut may have brought a check-in and not all of its files.
    if (exitCode !== 0)
      assert.match(complaints, /^The content of "[^"]*" has not been received yet\. Sync, then try again\.$/m);
  }

  protected async record(file: string, isNew: boolean, branch: string | undefined): Promise<void> {
    const options = { directory: this.root };
    if (isNew) await this.#line.succeed(['add', file], options);
    const more = branch === undefined ? [] : ['--branch', branch];
    await this.#line.succeed(['commit', '-m', this.comment, '--allow-fork', '--nosync', ...more], options);
  }
}
