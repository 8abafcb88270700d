import type { Checkout } from '../checkout/checkout';
import { hexOf } from '../codec/hex';
import { EngineError, hasCode, throwIfCancelled, type ErrorCode } from '../errors';
import type { Hash } from '../identifiers';
import type { Repository } from '../repository/repository';
import { settingFlag } from '../repository/setting-flag';
import { CheckinLockClient } from '../xfer/checkin-lock-client';
import { synchronize, type SyncStatistics } from '../xfer/client';
import { canonicalUrl, type Remote } from '../xfer/remote';
import type { SyncPart } from '../xfer/sync-part';
import type { Transport } from '../xfer/transport';
import { UnversionedClient } from '../xfer/unversioned-client';
import { AttendedTransport } from './attended-transport';
import { autosyncPolicy, type AutosyncCommand, type AutosyncPolicy } from './autosync-policy';
import { type Interaction, observationOf } from './interaction';
import { rememberedRemote, rememberRemote } from './remembered-remote';
import { listRemotes, remoteOf } from './remotes';
import { markSync } from './sync-mark';
import { withCredentials } from './with-credentials';

/** Between two tries (fossil.md 3.6). */
const PAUSE_MS = 500;

export interface AutosyncSubject {
  repository: Repository;
  /** Where one is open: it has the id under which locks are taken. */
  checkout?: Checkout;
  command: AutosyncCommand;
  /** Keep a password that is asked for in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

/** What an autosync did. */
export interface AutosyncReport {
  /** Of the default remote. */
  url: string;
  received: number;
  sent: number;
  /** Why it failed; the command went on without. */
  failure?: { code: ErrorCode; sentence: string };
  /** The server does not let this login push. */
  wasPushRefused: boolean;
  /** Seconds the server's clock is ahead, when that exceeds 10. */
  clockSkew?: number;
}

interface Direction {
  pull: boolean;
  push: boolean;
  parts: () => SyncPart[];
}

/** The syncs that a command does by itself, before and after its own work (fossil.md 3.6). Private content stays here. */
export class Autosync {
  readonly #subject: AutosyncSubject;
  readonly #transport: Transport;
  readonly #policy: AutosyncPolicy;
  /** The default remote comes first; their passwords join them once they are known. */
  readonly #remotes: Remote[];

  private constructor(subject: AutosyncSubject, transport: Transport, policy: AutosyncPolicy, remotes: Remote[]) {
    this.#subject = subject;
    this.#transport = transport;
    this.#policy = policy;
    this.#remotes = remotes;
  }

  /** @returns undefined where the settings say no, or there is no remote */
  static of(subject: AutosyncSubject, transport: Transport): Autosync | undefined {
    const { repository, command } = subject;
    const policy = autosyncPolicy(repository, command);
    const remote = rememberedRemote(repository);
    if (!policy.pulls || remote === undefined) return undefined;
    const others = policy.isWithAll ? otherRemotes(repository, remote) : [];
    return new Autosync(subject, transport, policy, [remote, ...others]);
  }

  /**
   * Pulls, and locks the check-in that is to get a child. Where that fails the user is asked whether to go on.
   * @param options.lock - the parent to be; ignored where nothing would be pushed afterwards
   * @param options.isOptional - goes on without a question when it fails
   * @throws EngineError the failure, when the user does not want to go on or cannot be asked; `cancelled`
   */
  async before(
    interaction: Interaction,
    options: { lock?: Hash; isOptional?: boolean } = {},
  ): Promise<{ report: AutosyncReport; lock: CheckinLockClient | undefined }> {
    let lock: CheckinLockClient | undefined;
    const parts = (): SyncPart[] => {
      lock = this.#lockClient(this.#policy.pushes ? options.lock : undefined);
      return lock === undefined ? [] : [lock];
    };
    const report = await this.#run(interaction, { pull: true, push: false, parts });
    if (report.failure !== undefined && options.isOptional !== true) await this.#askToGoOn(report.failure, interaction);
    return { report, lock };
  }

  /**
   * Sends what the command has made, and gives its lock back. Never throws: the work is done, only others do not have it yet.
   * @returns undefined where the settings allow pulling alone
   */
  async after(interaction: Interaction): Promise<AutosyncReport | undefined> {
    if (!this.#policy.pushes) return undefined;
    const { repository, command } = this.#subject;
    const pull = command !== 'branch';
    const parts = (): SyncPart[] => {
      const unlock = this.#lockClient(undefined);
      const isFull = pull && settingFlag(repository, 'uv-sync', false);
      return [...(isFull ? [new UnversionedClient(repository)] : []), ...(unlock === undefined ? [] : [unlock])];
    };
    return this.#run(interaction, { pull, push: true, parts });
  }

  /** Gives a lock back after a command that made nothing. A failure is of no interest: locks end by themselves. */
  async release(interaction: Interaction): Promise<void> {
    if (interaction.signal?.aborted === true) return;
    const parts = (): SyncPart[] => [this.#lockClient(undefined) ?? []].flat();
    await this.#run(interaction, { pull: false, push: false, parts });
  }

  /** @returns undefined when this checkout has never locked anything and shall not now */
  #lockClient(checkin: Hash | undefined): CheckinLockClient | undefined {
    const { checkout, repository } = this.#subject;
    if (checkout === undefined) return undefined;
    const known = checkout.variable('client-id');
    if (checkin === undefined) return known === undefined ? undefined : new CheckinLockClient(known);
    const clientId = known ?? hexOf(repository.environment.random.bytes(20));
    if (known === undefined) repository.transaction(() => checkout.setVariable('client-id', clientId));
    return new CheckinLockClient(clientId, checkin);
  }

  /** Tries every remote as often as the settings say; never throws. The first failure counts. */
  async #run(interaction: Interaction, direction: Direction): Promise<AutosyncReport> {
    const [first] = this.#remotes;
    const report: AutosyncReport = {
      url: first === undefined ? '' : canonicalUrl(first),
      received: 0,
      sent: 0,
      wasPushRefused: false,
    };
    for (const index of this.#remotes.keys()) {
      const result = await this.#insist(index, interaction, direction);
      if ('failure' in result) {
        report.failure ??= result.failure;
        continue;
      }
      report.received += result.received;
      report.sent += result.sent;
      report.wasPushRefused ||= result.wasPushRefused;
      if (result.clockSkew !== undefined) report.clockSkew = result.clockSkew;
    }
    return report;
  }

  async #insist(
    index: number,
    interaction: Interaction,
    direction: Direction,
  ): Promise<SyncStatistics | { failure: { code: ErrorCode; sentence: string } }> {
    const { clock } = this.#subject.repository.environment;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#exchange(index, interaction, direction);
      } catch (error) {
        const { code, message } = error instanceof EngineError ? error : unexpected(error);
        const isLast = attempt >= this.#policy.tries || code === 'cancelled';
        if (isLast) return { failure: { code, sentence: message } };
      }
      await clock.sleep(PAUSE_MS, interaction.signal);
    }
  }

  async #exchange(index: number, interaction: Interaction, direction: Direction): Promise<SyncStatistics> {
    const { repository, rememberPassword = false } = this.#subject;
    const remote = this.#remotes[index];
    if (remote === undefined) throw new EngineError('internal', 'There is no such remote.');
    const mark = markSync(repository);
    const { pull, push, parts } = direction;
    const attended = new AttendedTransport(this.#transport, repository, interaction, {
      sends: push,
      keepsPasswords: rememberPassword,
    });
    const { result, remote: current } = await withCredentials(remote, interaction, (attempt) =>
      synchronize(repository, attended, attempt, { ...observationOf(interaction), pull, push, parts: parts() }),
    );
    this.#remotes[index] = current;
    repository.transaction(() => {
      if (result.received > 0) mark.keep();
      if (index === 0) rememberRemote(repository, attended.settled(current), { withPassword: rememberPassword });
    });
    return result;
  }

  async #askToGoOn(failure: { code: ErrorCode; sentence: string }, interaction: Interaction): Promise<void> {
    const { code, sentence } = failure;
    throwIfCancelled(interaction.signal);
    if (code === 'cancelled') throw new EngineError(code, sentence);
    const { command } = this.#subject;
    const answer = await interaction.questions.goOn?.({ kind: 'sync-failed', command, sentence });
    if (answer === true) return;
    if (answer === false) throw new EngineError('cancelled', 'Nothing was changed.');
    throw new EngineError(code, `${sentence} Nothing was changed here. Try again, or do it without syncing first.`);
  }
}

/** A commit that is done stays done whatever fails behind it. */
function unexpected(cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('internal', `Trilobite failed in a way it should not: ${reason}`, { cause });
}

/** The remotes that have a name, but for the default one under another. */
function otherRemotes(repository: Repository, first: Remote): Remote[] {
  return listRemotes(repository)
    .filter(({ name }) => name !== 'default')
    .flatMap(({ name }) => {
      try {
        return [remoteOf(repository, name)];
      } catch (error) {
        if (hasCode(error, 'url-malformed')) return [];
        throw error;
      }
    })
    .filter((remote) => canonicalUrl(remote) !== canonicalUrl(first));
}
