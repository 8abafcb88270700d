import { EngineError, hasCode, throwIfCancelled } from '../errors';
import type { Environment } from '../platform/environment';
import type { FileLock } from '../platform/file-lock';
import type { Repository } from '../repository/repository';
import { cloneInto, synchronize, type CloneStatistics } from '../xfer/client';
import { CloneState } from '../xfer/clone-state';
import { canonicalUrl, parseRemote, type Remote } from '../xfer/remote';
import type { Transport } from '../xfer/transport';
import { UnversionedClient } from '../xfer/unversioned-client';
import type { UnversionedOutcome } from '../xfer/unversioned-moves';
import { askingOnce, AttendedTransport, greetAsStranger } from './attended-transport';
import { countOf, describeBytes } from './describe';
import { requireFree } from './free-path';
import { type Interaction, observationOf } from './interaction';
import { type InterruptedClone, isSameRemote, PartialClone } from './partial-clone';
import { lockPartialFile, renewing } from './partial-file';
import { noteSyncedWith, provenRemote, rememberRemote } from './remembered-remote';
import { forgetDefaultRemote } from './remotes';
import { unversionedInWords, unversionedWarnings } from './unversioned-sync';
import { withCredentials } from './with-credentials';

export interface CloneRequest {
  url: string;
  /** Repository file to make. */
  path: string;
  user?: string;
  password?: string;
  /** The clone's administrator; by default the user of the remote, or whoever the environment names. */
  adminUser?: string;
  /** Keep the password in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
  /** Also unversioned files; they come in any case from a server that offers them (its setting `uv-sync`). */
  unversioned?: boolean;
  /** Also private branches; takes the capability Private (x) there. */
  withPrivate?: boolean;
  /** The server is not remembered. */
  isOnce?: boolean;
  /** Settings that the clone begins with, such as the `ssh-command` with which its server was reached. */
  settings?: Readonly<Record<string, string>>;
}

export interface CloneResult {
  path: string;
  projectName: string | undefined;
  artifacts: number;
  /** How many of them an interrupted clone had brought before. */
  continuedFrom: number;
  bytesReceived: number;
  roundTrips: number;
  /** Where unversioned files were wanted, or the server offers them. */
  unversioned?: UnversionedOutcome;
  /** Artifacts that the server announced but never sent. */
  unresolved: string[];
  /** Sentences for the user: what of the project's definitions was not followed. */
  warnings: string[];
  /** In words. */
  summary: string;
}

/** A clone that is whole but for its name. */
interface WholeClone {
  /** Traffic with that of unversioned files. */
  statistics: Pick<CloneStatistics, 'bytesReceived' | 'roundTrips' | 'unresolved' | 'warnings'>;
  unversioned?: UnversionedOutcome;
  projectName: string | undefined;
  artifacts: number;
  continuedFrom: number;
  /** Why what had been there before was of no use, as a sentence. */
  anew?: string;
}

/**
 * Clones a server's repository: grows `path.trilobite-partial`, verifies it, renames it to `path`. A kill or a lost network leaves the
 * partial file, and the next clone of the same address to the same path goes on with it.
 * @throws EngineError; `path` is not made then. `repository-locked` when another clone to this path is under way
 */
export async function cloneRepository(
  environment: Environment,
  transport: Transport,
  request: CloneRequest,
  interaction: Interaction,
): Promise<CloneResult> {
  const remote = remoteOf(request);
  await requireFree(environment, request.path, 'Choose another name for the clone.');
  const partial = new PartialClone(environment, request.path);
  const lock = lockPartialFile(environment, { partial: partial.path, path: request.path }, underWay(request.path));
  try {
    const clone = new Clone(
      environment,
      transport,
      request,
      renewing(lock, environment, askingOnce(interaction)),
      lock,
      partial,
    );
    return describe(request.path, await clone.run(remote));
  } finally {
    lock.release();
  }
}

class Clone {
  /** What may be gone on with; undefined once something new has begun. */
  #interrupted: InterruptedClone | undefined;
  #anew: string | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly transport: Transport,
    private readonly request: CloneRequest,
    private readonly interaction: Interaction,
    private readonly lock: FileLock,
    private readonly partial: PartialClone,
  ) {}

  async run(wanted: Remote): Promise<WholeClone> {
    let remote = wanted;
    try {
      await this.#examine();
      if (this.#interrupted !== undefined) remote = withUserOf(this.#interrupted.remote, remote);
      const { result } = await withCredentials(
        remote,
        this.interaction,
        (current) => this.#attempt(current),
        (met) => greetAsStranger(this.transport, met, this.environment, this.interaction),
      );
      throwIfCancelled(this.interaction.signal);
      await this.partial.finish(this.request.path);
      return result;
    } catch (error) {
      throw await this.#settled(error);
    }
  }

  async #examine(): Promise<void> {
    const isThere = (await this.environment.fs.status(this.partial.path)) !== undefined;
    this.#interrupted = await this.partial.examine();
    if (isThere && this.#interrupted === undefined) this.#anew = 'What an interrupted clone had left was unusable.';
  }

  /** One try with one set of credentials. The partial file is closed when this returns. */
  async #attempt(remote: Remote): Promise<WholeClone> {
    if (!this.lock.isHeld()) throw new EngineError('repository-locked', underWay(this.request.path));
    const interrupted = this.#interrupted;
    if (interrupted === undefined) return this.#cloneInto(await this.#begin(remote), remote, 0);
    if (!isSameRemote(interrupted.remote, remote)) {
      return this.#startAnew(remote, `An interrupted clone of ${canonicalUrl(interrupted.remote)} was given up.`);
    }
    try {
      return await this.#cloneInto(this.partial.continue(this.request.adminUser), remote, interrupted.artifacts);
    } catch (error) {
      if (!isFaultOfPartial(error)) throw error;
      return this.#startAnew(remote, 'What an interrupted clone had left did not fit.');
    }
  }

  async #startAnew(remote: Remote, reason: string): Promise<WholeClone> {
    this.#interrupted = undefined;
    this.#anew = reason;
    return this.#cloneInto(await this.#begin(remote), remote, 0);
  }

  #begin(remote: Remote): Promise<Repository> {
    return this.partial.begin(remote, this.request.adminUser);
  }

  async #cloneInto(repository: Repository, remote: Remote, continuedFrom: number): Promise<WholeClone> {
    try {
      const state = new CloneState(repository);
      const isWhole = !state.isUnderWay;
      const { rememberPassword: keepsPasswords = false, settings = {}, withPrivate = false } = this.request;
      if (isWhole) state.requireKind(withPrivate);
      const attended = new AttendedTransport(this.transport, repository, this.interaction, {
        sends: false,
        keepsPasswords: keepsPasswords && this.request.isOnce !== true,
      });
      const statistics = isWhole
        ? { bytesReceived: 0, roundTrips: 0, unresolved: [], warnings: [] }
        : await cloneInto(repository, attended, remote, {
            ...observationOf(this.interaction),
            withPrivate,
          });
      const unversioned =
        this.request.unversioned === true || state.offersUnversioned
          ? await this.#takeUnversioned(repository, attended, remote)
          : undefined;
      repository.transaction(() => {
        state.clear();
        const used = attended.settled(remote);
        noteSyncedWith(repository, used);
        if (this.request.isOnce === true) forgetDefaultRemote(repository);
        else rememberRemote(repository, provenRemote(repository, used), { withPassword: keepsPasswords });
        for (const [name, value] of Object.entries(settings)) repository.config.set(name, value);
      });
      repository.db.persist();
      return {
        statistics: {
          ...statistics,
          bytesReceived: statistics.bytesReceived + (unversioned?.bytesReceived ?? 0),
          roundTrips: statistics.roundTrips + (unversioned?.roundTrips ?? 0),
        },
        ...(unversioned === undefined ? {} : { unversioned: unversioned.outcome }),
        projectName: repository.config.get('project-name'),
        artifacts: repository.blobs.count(),
        continuedFrom,
        ...(this.#anew === undefined ? {} : { anew: this.#anew }),
      };
    } finally {
      repository.close();
    }
  }

  /** Also into a clone that was interrupted between its artifacts and its end. The bar stands at its end already. */
  async #takeUnversioned(
    repository: Repository,
    transport: Transport,
    remote: Remote,
  ): Promise<{ outcome: UnversionedOutcome; bytesReceived: number; roundTrips: number }> {
    const { signal, onEvent } = this.interaction;
    const part = new UnversionedClient(repository);
    const options = {
      ...{ pull: false, push: false, parts: [part] },
      ...(signal === undefined ? {} : { signal }),
      ...(onEvent === undefined ? {} : { onEvent }),
    };
    const { bytesReceived, roundTrips } = await synchronize(repository, transport, remote, options);
    return { outcome: part.outcome, bytesReceived, roundTrips };
  }

  /** Keeps the partial file where trying again can go on with it, else removes it. @returns the error to throw */
  async #settled(error: unknown): Promise<unknown> {
    if (isInterruption(error, this.interaction.signal)) {
      const kept = await this.partial.examine();
      if (kept !== undefined && kept.artifacts > 0) {
        return error instanceof EngineError
          ? new EngineError(error.code, `${error.message} ${keptSentence(kept.artifacts)}`, { cause: error })
          : error;
      }
    }
    await this.partial.remove();
    return error;
  }
}

function remoteOf(request: CloneRequest): Remote {
  return {
    ...parseRemote(request.url),
    ...(request.user === undefined ? {} : { user: request.user }),
    ...(request.password === undefined ? {} : { password: request.password }),
  };
}

/** An interrupted clone that had asked for a user goes on as that user. */
function withUserOf(interrupted: Remote, remote: Remote): Remote {
  const { user } = interrupted;
  if (user === undefined || remote.user !== undefined) return remote;
  return isSameRemote(interrupted, { ...remote, user }) ? { ...remote, user } : remote;
}

/** A lost network, a full disk, or an engine that is ended with its editor: not the server's answer and not the user's will. */
function isInterruption(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true) return hasCode(signal.reason, 'engine-died');
  return hasCode(
    error,
    ...(['unknown-host', 'connection-refused', 'connection-lost', 'tls-failed', 'proxy-failed', 'ssh-failed'] as const),
    ...(['reply-truncated', 'http-status', 'not-fossil', 'disk-full'] as const),
    // A mistyped password shall not cost what had come.
    ...(['login-failed', 'password-needed'] as const),
  );
}

/** What a damaged partial file, or one of another project or file of the server, leads to; a fresh clone tells whose fault it was. */
function isFaultOfPartial(error: unknown): boolean {
  return hasCode(
    error,
    ...(['hash-mismatch', 'content-corrupt', 'container-malformed', 'delta-malformed', 'not-a-repository'] as const),
    ...(['wrong-project', 'repository-changed', 'artifact-missing'] as const),
  );
}

function describe(path: string, clone: WholeClone): CloneResult {
  const { bytesReceived, roundTrips, unresolved, warnings } = clone.statistics;
  const missing =
    unresolved.length === 0
      ? ''
      : ` ${countOf(unresolved.length, 'artifact')} could not be completed because the server lacks what they build on: ${unresolved.join(', ')}.`;
  const { unversioned } = clone;
  const files =
    unversioned === undefined
      ? []
      : [
          ...(unversioned.moves.length === 0 ? [] : [unversionedInWords(unversioned)]),
          ...unversionedWarnings(unversioned),
        ];
  const before =
    clone.continuedFrom === 0
      ? (clone.anew ?? '')
      : `Continued an interrupted clone, which had brought ${countOf(clone.continuedFrom, 'artifact')}.`;
  const whole = `Cloned ${countOf(clone.artifacts, 'artifact')}, every one verified: ${describeBytes(bytesReceived)} in ${countOf(roundTrips, 'round trip')}.${missing}`;
  return {
    path,
    projectName: clone.projectName,
    artifacts: clone.artifacts,
    continuedFrom: clone.continuedFrom,
    bytesReceived,
    roundTrips,
    ...(unversioned === undefined ? {} : { unversioned }),
    unresolved,
    warnings,
    summary: [before, whole, ...files.map((sentence) => `${sentence}.`), ...warnings].join(' ').trimStart(),
  };
}

function keptSentence(artifacts: number): string {
  return `${countOf(artifacts, 'artifact')} that had come are kept: clone to the same file again to continue.`;
}

function underWay(path: string): string {
  return `Another clone to ${path} is under way. Wait until it has finished, or choose another name.`;
}
