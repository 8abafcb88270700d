import { createReadStream, createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { finished } from 'node:stream/promises';
import { exportGit, type GitExportRequest, type GitExportResult } from '../../../src/engine/operations/export-git';
import { type GitImportRequest, type GitImportResult, importGit } from '../../../src/engine/operations/import-git';
import type { Interaction } from '../../../src/engine/operations/interaction';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { launch } from '../../support/launcher';

/** Lines and data are cut anywhere. */
const SMALL_PIECES = 4093;
/** For streams whose size is what is tried. */
const LARGE_PIECES = 1 << 20;

/** A directory in which `fossil` and `git` run with a home of their own, beside our import and export. */
export class GitFixture {
  private constructor(
    readonly directory: string,
    readonly environment: Environment,
    readonly variables: NodeJS.ProcessEnv,
  ) {}

  static async create(driver: 'native' | 'portable'): Promise<GitFixture> {
    const directory = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-git-')));
    const home = path.join(directory, 'home');
    await fs.mkdir(home);
    const variables = {
      PATH: process.env['PATH'],
      HOME: home,
      USER: 'alice',
      TZ: 'UTC',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Alice',
      GIT_AUTHOR_EMAIL: 'alice@example.org',
      GIT_COMMITTER_NAME: 'Alice',
      GIT_COMMITTER_EMAIL: 'alice@example.org',
    };
    const environment = await createNodeEnvironment({ driver, homeDirectory: home, variables, busyTimeout: 2000 });
    return new GitFixture(directory, environment, variables);
  }

  path(...names: string[]): string {
    return path.join(this.directory, ...names);
  }

  /** Runs a program. @returns its standard output as text of bytes (latin1) @throws Error when it fails */
  async run(program: string, args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<string> {
    const { cwd = this.directory, input: inputFile } = options;
    const { code, stdout, stderr } = await launch(program, args, {
      cwd,
      env: this.variables,
      ...(inputFile === undefined ? {} : { inputFile }),
    });
    const text = stdout.toString('latin1');
    if (code === 0) return text;
    throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${text}${stderr.toString()}`);
  }

  fossil(...args: string[]): Promise<string> {
    return this.run('fossil', args);
  }

  /** Writes a stream to a file. @returns its path */
  async stream(name: string, content: string | Uint8Array): Promise<string> {
    const file = this.path(name);
    await fs.writeFile(file, content);
    return file;
  }

  /** Our import of a stream's file. */
  async import(
    repository: string,
    stream: string,
    request: Partial<GitImportRequest> = {},
    interaction: Partial<Interaction> = {},
  ): Promise<GitImportResult> {
    const { size } = await fs.stat(stream);
    return importGit(
      this.environment,
      { path: this.path(repository), adminUser: 'alice', ...request },
      createReadStream(stream, { highWaterMark: size < 1 << 24 ? SMALL_PIECES : LARGE_PIECES }),
      { ...silent, ...interaction },
    );
  }

  /** Our export, into a file. */
  async export(repository: string, stream: string, request: Partial<GitExportRequest> = {}): Promise<GitExportResult> {
    const out = createWriteStream(this.path(stream));
    const result = await exportGit(
      this.environment,
      { path: this.path(repository), ...request },
      (bytes) => {
        out.write(bytes);
      },
      silent,
    );
    out.end();
    await finished(out);
    return result;
  }

  /** A Git repository made of a stream. @param options - more of `git fast-import` @returns its directory */
  async gitImport(stream: string, name: string, ...options: string[]): Promise<string> {
    const directory = this.path(name);
    await this.run('git', ['init', '--quiet', '--bare', directory]);
    await this.run('git', ['fast-import', '--quiet', '--force', ...options], { cwd: directory, input: stream });
    return directory;
  }

  remove(): Promise<void> {
    return fs.rm(this.directory, { recursive: true, force: true });
  }
}

/** Answers every question with no. */
export const silent: Interaction = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};
