import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ApiCheckout, TrilobiteApi } from '../../src/vscode/trilobite-api';
import type { ProjectFacts } from '../support/fossil-project';
import { runProgram } from '../support/run-program';

const patience = 50_000;

/** The project that the host tests have open as their folder: a checkout that `fossil` made. */
export class OpenedProject {
  private constructor(
    public readonly facts: ProjectFacts,
    /** The root of the checkout, the folder of the window. */
    public readonly root: string,
    private readonly api: TrilobiteApi,
  ) {}

  /** Activates the extension and waits until it has read the checkout. */
  public static async open(): Promise<OpenedProject> {
    const facts = process.env['TRILOBITE_HOST_PROJECT'];
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const extension = vscode.extensions.getExtension<TrilobiteApi>('trilobite.trilobite');
    assert.ok(facts !== undefined && root !== undefined && extension !== undefined);
    const project = new OpenedProject(JSON.parse(facts) as ProjectFacts, root, await extension.activate());
    await project.until('the first status', ({ status }) => status !== undefined);
    return project;
  }

  /** The extension's view of the checkout. */
  public get checkout(): ApiCheckout {
    const checkout = this.api.checkouts().find(({ root }) => root === this.root);
    assert.ok(checkout, `No checkout at ${this.root}. Known: ${this.knownRoots.join(', ')}`);
    return checkout;
  }

  public get knownRoots(): string[] {
    return this.api.checkouts().map(({ root }) => root);
  }

  /** The state and path of each changed file, sorted, such as `edited README.md`. */
  public get changes(): string[] {
    return (this.checkout.status?.changes ?? []).map(({ kind, path: file }) => `${kind} ${file}`).sort();
  }

  /** Waits until the extension's view of the checkout fulfils a condition; it has to notice by itself. */
  public async until(what: string, condition: (checkout: ApiCheckout) => boolean): Promise<void> {
    await this.untilTrue(what, () => {
      const checkout = this.api.checkouts().find(({ root }) => root === this.root);
      return checkout !== undefined && condition(checkout);
    });
  }

  /** Waits until a condition holds, looking whenever the extension tells of a change and ten times a second. */
  public async untilTrue(what: string, condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        clearInterval(ticker);
        subscription.dispose();
        settle();
      };
      const look = (): void => {
        if (condition()) {
          finish(resolve);
        }
      };
      const ticker = setInterval(look, 100);
      const timer = setTimeout(
        () => finish(() => reject(new Error(`Waited in vain for ${what}. ${this.describe()}`))),
        patience,
      );
      const subscription = this.api.onDidChange(look);
      look();
    });
  }

  public async write(file: string, text: string): Promise<void> {
    await fs.writeFile(path.join(this.root, file), text);
  }

  public async read(file: string): Promise<string> {
    return fs.readFile(path.join(this.root, file), 'utf8');
  }

  /** Runs `fossil` in the checkout or another directory. @returns what it printed */
  public async fossil(args: readonly string[], cwd = this.root): Promise<string> {
    const env = { PATH: process.env['PATH'], HOME: this.facts.directory, USER: this.facts.user, TZ: 'UTC' };
    return runProgram('fossil', args, { cwd, env });
  }

  private describe(): string {
    const checkouts = this.api.checkouts().map(({ root, status, problem }) => ({ root, status, problem }));
    return JSON.stringify(checkouts);
  }
}
