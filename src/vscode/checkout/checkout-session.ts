import * as vscode from 'vscode';
import type { EngineError } from '../../engine/errors';
import type { PeekOutcome } from '../../engine/operations/peek';
import type { WorkspaceStatus } from '../../engine/operations/status';
import { DEFAULT_HASH_DIGITS } from '../../engine/repository/event-text';
import type { RequestOptions } from '../../host/engine-process';
import type { EngineRegistry } from '../../host/engine-registry';
import { fromResponse } from '../../host/error-response';
import type { EngineRequest } from '../../host/protocol';
import * as protocol from '../../host/protocol';
import { DatabaseWatcher } from './database-watcher';
import { RefreshScheduler } from './refresh-scheduler';
import { ServerCheck } from './server-check';

/** What a checkout is busy with. */
export type Activity = 'commit' | 'sync' | 'update' | 'change';

/** One open checkout: its state as the engine last told it, and the way to its engine. */
export class CheckoutSession implements vscode.Disposable {
  private readonly scheduler: RefreshScheduler;
  private readonly databases: DatabaseWatcher;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly activities: Activity[] = [];
  private current: WorkspaceStatus | undefined;
  private failure: EngineError | undefined;
  private failedSync: string | undefined;
  private isDisposed = false;

  /** What the server has and this repository lacks, as far as it was looked at. */
  readonly serverCheck = new ServerCheck(() => this.changed.fire());

  /** Fires when anything that is shown may have changed: status, activity, failure. */
  readonly onDidChange = this.changed.event;

  /** @param root - absolute path, as the file system has it */
  constructor(
    readonly root: string,
    private readonly engines: EngineRegistry,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.scheduler = new RefreshScheduler(() => this.readStatus(), delay);
    this.databases = new DatabaseWatcher(root, () => {
      if (this.activities.length === 0) this.scheduler.notice();
    });
  }

  get uri(): vscode.Uri {
    return vscode.Uri.file(this.root);
  }

  /** Last part of the root, as lists show it. */
  get name(): string {
    return this.root.split(/[/\\]/).at(-1) ?? this.root;
  }

  /** Undefined until the engine answered for the first time. */
  get status(): WorkspaceStatus | undefined {
    return this.current;
  }

  /** Why the status could not be read; undefined while all is well. */
  get problem(): EngineError | undefined {
    return this.failure;
  }

  /** Why the last sync failed, in a sentence; undefined when it did not. */
  get syncFailure(): string | undefined {
    return this.failedSync;
  }

  /** A hash with as many digits as the setting `hash-digits` says. */
  shortHash(hash: string): string {
    return hash.slice(0, this.current?.hashDigits ?? DEFAULT_HASH_DIGITS.shown);
  }

  isBusyWith(activity: Activity): boolean {
    return this.activities.includes(activity);
  }

  /** @throws EngineError */
  async request<Request, Result>(
    type: EngineRequest<Request, Result>,
    request: Request,
    options?: RequestOptions,
  ): Promise<Result> {
    return this.engines.engineFor(this.root).request(type, request, options);
  }

  /** Runs work that changes the checkout or its repository, shows that it does, and refreshes afterwards. @throws EngineError */
  async perform<Result>(activity: Activity, work: () => Promise<Result>): Promise<Result> {
    this.activities.push(activity);
    this.changed.fire();
    try {
      const result = await vscode.window.withProgress({ location: vscode.ProgressLocation.SourceControl }, work);
      if (activity === 'sync') this.failedSync = undefined;
      return result;
    } catch (error) {
      if (activity === 'sync') this.failedSync = syncFailure(fromResponse(error));
      throw error;
    } finally {
      this.activities.splice(this.activities.indexOf(activity), 1);
      await this.refresh();
    }
  }

  /** Looks at the server without changing anything; what it finds stands in `serverCheck`. @throws EngineError */
  async check(look: () => Promise<PeekOutcome>): Promise<PeekOutcome> {
    if (this.current === undefined) await this.refresh();
    return this.serverCheck.run(this.current, look, Date.now);
  }

  /** Something in the working directory changed. */
  notice(): void {
    this.scheduler.notice();
  }

  /** Reads the status anew; a failure becomes `problem`. */
  async refresh(): Promise<void> {
    await this.scheduler.now();
  }

  dispose(): void {
    this.isDisposed = true;
    this.scheduler.dispose();
    this.databases.dispose();
    this.changed.dispose();
  }

  private wasDisposed(): boolean {
    return this.isDisposed;
  }

  private async readStatus(): Promise<void> {
    await this.databases.rememberRepository();
    // A question now would start an engine that nobody ends.
    if (this.wasDisposed()) return;
    try {
      const status = await this.request(protocol.status, { root: this.root });
      if (this.wasDisposed()) return;
      this.current = status;
      this.failure = undefined;
      this.serverCheck.follow(status);
      this.engines.share(this.root, status.repository);
      this.databases.watchRepository(status.repository);
    } catch (error) {
      if (this.wasDisposed()) return;
      this.failure = fromResponse(error);
      this.log.warn(`Status of ${this.root}: ${this.failure.message}`);
    }
    await this.databases.rememberCheckout();
    this.changed.fire();
  }
}

/** A cancelled sync has not failed. */
function syncFailure(error: EngineError): string | undefined {
  return error.code === 'cancelled' ? undefined : error.message;
}

function delay(work: () => void, milliseconds: number): () => void {
  const timer = setTimeout(work, milliseconds);
  return () => clearTimeout(timer);
}
