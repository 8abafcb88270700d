import type { Checkout } from '../checkout/checkout';
import { hexOf } from '../codec/hex';
import { EngineError, hasCode, throwIfCancelled, type ErrorCode } from '../errors';
import type { Hash } from '../identifiers';
import type { Repository } from '../repository/repository';
import { settingFlag } from '../repository/setting-flag';
import { CheckinLockClient, type CheckinLockHolder } from '../xfer/checkin-lock-client';
import { synchronize, type SyncStatistics } from '../xfer/client';
import { canonicalUrl, type Remote } from '../xfer/remote';
import type { SyncPart } from '../xfer/sync-part';
import type { Transport } from '../xfer/transport';
import { UnversionedClient } from '../xfer/unversioned-client';
import { AttendedTransport } from './attended-transport';
import { autosyncPolicy, type AutosyncCommand, type AutosyncPolicy } from './autosync-policy';
import { type Interaction, observationOf } from './interaction';
import { noteSyncedWith, provenRemote, rememberedRemote, rememberRemote } from './remembered-remote';
import { DEFAULT_REMOTE, listRemotes, rememberPasswordOf, remoteOf } from './remotes';
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
  /** @param index - of the remote */
  parts: (index: number) => SyncPart[];
}

/** What the servers have said of the lock. */
export interface AutosyncLock {
  /** Who else is about to commit to the same version. */
  holder?: CheckinLockHolder;
  /** One of them wants complete manifests only. */
  avoidsDeltaManifests: boolean;
}

/** A remote, and the name it is remembered under. */
interface NamedRemote {
  name: string;
  remote: Remote;
}

/** The syncs that a command does by itself, before and after its own work (fossil.md 3.6). Private content stays here. */
export class Autosync {
  readonly #subject: AutosyncSubject;
  readonly #transport: Transport;
  readonly #policy: AutosyncPolicy;
  /** The default remote comes first; their passwords join them once they are known. */
  readonly #remotes: readonly NamedRemote[];

  private constructor(
    subject: AutosyncSubject,
    transport: Transport,
    policy: AutosyncPolicy,
    remotes: readonly NamedRemote[],
  ) {
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
    return new Autosync(subject, transport, policy, [{ name: DEFAULT_REMOTE, remote }, ...others]);
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
  ): Promise<{ report: AutosyncReport; lock: AutosyncLock }> {
    // Of each remote the last try.
    const locks = new Map<number, CheckinLockClient>();
    const parts = (index: number): SyncPart[] => {
      const client = this.#lockClient(this.#policy.pushes ? options.lock : undefined);
      if (client === undefined) return [];
      locks.set(index, client);
      return [client];
    };
    const report = await this.#run(interaction, { pull: true, push: false, parts });
    if (report.failure !== undefined && options.isOptional !== true) await this.#askToGoOn(report.failure, interaction);
    const clients = [...locks.values()];
    const holder = clients.find((client) => client.holder !== undefined)?.holder;
    return {
      report,
      lock: {
        ...(holder === undefined ? {} : { holder }),
        avoidsDeltaManifests: clients.some((client) => client.avoidsDeltaManifests),
      },
    };
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
      url: first === undefined ? '' : canonicalUrl(first.remote),
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
    const named = this.#remotes[index];
    if (named === undefined) throw new EngineError('internal', 'There is no such remote.');
    const mark = markSync(repository);
    const { pull, push, parts } = direction;
    const attended = new AttendedTransport(this.#transport, repository, interaction, {
      sends: push,
      keepsPasswords: rememberPassword,
    });
    const { result, remote: current } = await withCredentials(
      named.remote,
      interaction,
      (attempt) =>
        synchronize(repository, attended, attempt, { ...observationOf(interaction), pull, push, parts: parts(index) }),
      attended.greet,
    );
    named.remote = current;
    repository.transaction(() => {
      if (result.received > 0) mark.keep();
      const used = attended.settled(current);
      noteSyncedWith(repository, used);
      const proven = provenRemote(repository, used);
      if (named.name === DEFAULT_REMOTE) rememberRemote(repository, proven, { withPassword: rememberPassword });
      else if (rememberPassword) rememberPasswordOf(repository, named.name, proven);
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
function otherRemotes(repository: Repository, first: Remote): NamedRemote[] {
  return listRemotes(repository)
    .filter(({ name }) => name !== DEFAULT_REMOTE)
    .flatMap(({ name }) => {
      try {
        return [{ name, remote: remoteOf(repository, name) }];
      } catch (error) {
        if (hasCode(error, 'url-malformed')) return [];
        throw error;
      }
    })
    .filter(({ remote }) => canonicalUrl(remote) !== canonicalUrl(first));
}
