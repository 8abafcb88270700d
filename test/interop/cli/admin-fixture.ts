import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { runFossil } from '../../support/run-fossil';
import { CommandLine } from './command-line';

/** The command line, and `fossil` with the same home, on one repository with one checkout. */
export class AdminFixture {
  readonly repository: string;
  readonly checkout: string;

  private constructor(readonly line: CommandLine) {
    this.repository = line.path('project.fossil');
    this.checkout = line.path('work');
  }

  static async create(driver: 'native' | 'portable'): Promise<AdminFixture> {
    const fixture = new AdminFixture(await CommandLine.create(driver));
    await fixture.fossil(['new', '--admin-user', 'alice', fixture.repository]);
    await fs.mkdir(fixture.checkout);
    await fixture.fossil(['open', fixture.repository], fixture.checkout);
    return fixture;
  }

  /** @returns what `fossil` printed; rejects when it fails */
  async fossil(args: readonly string[], directory = this.line.directory): Promise<string> {
    const output = await runFossil(args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: this.line.path('home'), USER: 'alice', TZ: 'UTC' },
    });
    return output.toString('utf8');
  }

  /** The command line in the checkout. */
  async inCheckout(args: readonly string[], input: string[] = []): Promise<string> {
    return this.line.succeed(args, { directory: this.checkout, input });
  }

  async fossilInCheckout(...args: string[]): Promise<string> {
    return this.fossil(args, this.checkout);
  }

  /** Both print the same in the checkout. @returns what they print */
  async assertSame(...args: string[]): Promise<string> {
    const ours = await this.inCheckout(args);
    assert.equal(ours, await this.fossilInCheckout(...args), args.join(' '));
    return ours;
  }

  /** Rows of a query with `fossil sql`, in its quote mode. */
  async query(sql: string, repository = this.repository): Promise<string[]> {
    const text = await this.fossil(['sql', '--no-repository', repository, sql]);
    return text.split('\n').filter((line) => line !== '');
  }

  async commit(files: Record<string, string>, comment: string): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.checkout, name);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, text);
    }
    await this.fossilInCheckout('addremove', '--dotfiles');
    await this.fossilInCheckout('commit', '--hash', '-m', comment, '--no-warnings', '--no-prompt');
  }

  remove(): Promise<void> {
    return this.line.remove();
  }
}
