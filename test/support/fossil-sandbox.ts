import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFossil } from './run-fossil';

/** A directory of its own in which the oracle, the `fossil` binary, runs with its own HOME and user. */
export class FossilSandbox {
  private constructor(readonly directory: string) {}

  static async create(): Promise<FossilSandbox> {
    return new FossilSandbox(await mkdtemp(join(tmpdir(), 'trilobite-oracle-')));
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Runs `fossil`. @returns its standard output @throws Error with its output when it does not end with 0 */
  async fossil(args: readonly string[], options: { input?: string | Uint8Array; cwd?: string } = {}): Promise<string> {
    const output = await runFossil(args, {
      cwd: this.directory,
      env: { PATH: process.env['PATH'], HOME: this.directory, USER: 'tester', TZ: 'UTC' },
      ...options,
    });
    return output.toString('utf8');
  }

  /** Runs SQL with Fossil's own functions. @returns the lines that it printed, columns separated by `|` */
  async sql(repository: string, statements: string): Promise<string[]> {
    const output = await this.fossil(['sql', '-R', repository], { input: `.mode list\n${statements}\n` });
    return output.split('\n').slice(0, -1);
  }

  async remove(): Promise<void> {
    // A process of the oracle's that is just ending may still take away its own files.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10 });
  }
}
