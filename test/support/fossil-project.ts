import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { FossilSandbox } from './fossil-sandbox';
import { startFossilServer, type FossilServer } from './fossil-server';

/** What a test may know of a project; plain, so that it can be handed to another process. */
export interface ProjectFacts {
  /** A directory of the project's own, with everything in it. */
  readonly directory: string;
  /** The address of the stock `fossil server`, without a user: anonymous may clone and pull. */
  readonly url: string;
  /** Who may push. */
  readonly user: string;
  readonly password: string;
  /** The repository file that is served. */
  readonly served: string;
  /** A checkout of the served file: what is committed in it is on the server at once. */
  readonly elsewhere: string;
}

/** What is in the project's first version; `pictures/large.bin` (300 kB of noise) is beside it. */
export const projectFiles = {
  'README.md': 'A project\n\nfor tests\n',
  'src/main.txt': Array.from({ length: 20 }, (_, line) => `line ${line + 1}\n`).join(''),
  'src/other.txt': 'other\n',
  '.fossil-settings/ignore-glob': '*.tmp\n',
} as const;

/** A project that the real `fossil` made and serves: what the extension has to get along with. */
export class FossilProject implements ProjectFacts {
  public readonly user = 'tester';
  public readonly password = 'secret';

  private constructor(
    private readonly sandbox: FossilSandbox,
    private readonly server: FossilServer,
  ) {}

  /** Makes the project of `projectFiles` and serves it on a free port of 127.0.0.1. */
  public static async start(): Promise<FossilProject> {
    const sandbox = await FossilSandbox.create();
    try {
      const served = sandbox.path('served.fossil');
      const elsewhere = sandbox.path('elsewhere');
      await sandbox.fossil(['new', '--admin-user', 'tester', served]);
      await sandbox.fossil(['user', 'password', 'tester', 'secret', '-R', served]);
      await fs.mkdir(elsewhere);
      await sandbox.fossil(['open', served], { cwd: elsewhere });
      for (const [name, text] of Object.entries(projectFiles)) {
        await writeFile(path.join(elsewhere, name), text);
      }
      await writeFile(path.join(elsewhere, 'pictures/large.bin'), randomBytes(300_000));
      await sandbox.fossil(['add', '--dotfiles', '.'], { cwd: elsewhere });
      await sandbox.fossil(['commit', '-m', 'The first version', '--no-warnings'], { cwd: elsewhere });
      return new FossilProject(sandbox, await startFossilServer(served));
    } catch (error) {
      await sandbox.remove();
      throw error;
    }
  }

  public get directory(): string {
    return this.sandbox.directory;
  }

  public get url(): string {
    return this.server.url;
  }

  /** The port that the server listens on. */
  public get port(): number {
    return this.server.port;
  }

  public get served(): string {
    return this.sandbox.path('served.fossil');
  }

  public get elsewhere(): string {
    return this.sandbox.path('elsewhere');
  }

  public facts(): ProjectFacts {
    const { directory, url, user, password, served, elsewhere } = this;
    return { directory, url, user, password, served, elsewhere };
  }

  /** Runs `fossil` as the project's user. @returns what it printed */
  public async fossil(args: readonly string[], cwd = this.directory): Promise<string> {
    return this.sandbox.fossil(args, { cwd });
  }

  /** Clones with `fossil` and opens a checkout in the new directory `name`, as its user would. @returns the checkout's path */
  public async checkOut(name: string): Promise<string> {
    const repository = this.sandbox.path(`${name}.fossil`);
    const checkout = this.sandbox.path(name);
    await this.fossil(['clone', this.url.replace('://', `://${this.user}:${this.password}@`), repository]);
    // As fossil does when its user answers that it should remember the password; without a terminal it does not ask.
    await this.sandbox.sql(
      repository,
      `INSERT INTO config(name, value, mtime) VALUES('last-sync-pw', obscure('${this.password}'), now());`,
    );
    await fs.mkdir(checkout);
    await this.fossil(['open', repository], checkout);
    return checkout;
  }

  /** From now on the checkout `name` syncs with `url` as the project's user, whose password it does not know. */
  public async pointTo(name: string, url: string): Promise<void> {
    const remote = url.replace('://', `://${this.user}@`);
    await this.sandbox.sql(
      this.sandbox.path(`${name}.fossil`),
      `UPDATE config SET value='${remote}' WHERE name='last-sync-url'; DELETE FROM config WHERE name='last-sync-pw';`,
    );
  }

  /** Somebody else's check-in arrives on the server. */
  public async commitElsewhere(message: string, files: Readonly<Record<string, string>>): Promise<void> {
    await this.fossil(['update'], this.elsewhere);
    for (const [name, text] of Object.entries(files)) {
      await writeFile(path.join(this.elsewhere, name), text);
    }
    await this.fossil(['addremove'], this.elsewhere);
    await this.fossil(['commit', '--hash', '-m', message, '--no-warnings'], this.elsewhere);
  }

  public async stop(): Promise<void> {
    await this.server.stop();
    await this.sandbox.remove();
  }
}

async function writeFile(file: string, content: string | Uint8Array): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, content);
}
