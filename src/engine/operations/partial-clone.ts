import { EngineError, hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import { createRepository } from '../repository/create-repository';
import { Repository } from '../repository/repository';
import { renameAdministrator } from '../repository/users';
import { CloneState } from '../xfer/clone-state';
import { canonicalUrl, type Remote } from '../xfer/remote';
import { userOfEnvironment } from './committer';
import { removePartialFile } from './partial-file';
import { rememberedRemote, rememberRemote } from './remembered-remote';

/** What an interrupted clone left. */
export interface InterruptedClone {
  remote: Remote;
  artifacts: number;
}

/**
 * The file in which a clone grows, until it is whole and gets its name. It holds whom it is cloned from from the start, so that only a
 * clone of the same address and user goes on with it.
 */
export class PartialClone {
  readonly path: string;
  readonly #environment: Environment;

  /** @param path - of the repository to be */
  constructor(environment: Environment, path: string) {
    this.#environment = environment;
    this.path = `${path}.trilobite-partial`;
  }

  /** @returns what an interrupted clone left, or undefined; what cannot be gone on with is removed */
  async examine(): Promise<InterruptedClone | undefined> {
    if ((await this.#environment.fs.status(this.path)) === undefined) return undefined;
    try {
      const repository = this.#open();
      try {
        return interruptedClone(repository);
      } finally {
        repository.close();
      }
    } catch (error) {
      if (hasCode(error, 'not-a-repository', 'content-corrupt') || this.#isHalfWritten(error)) return undefined;
      throw error;
    }
  }

  /**
   * Goes on with an interrupted clone that {@link examine} has found to be one of `remote`.
   * @param adminUser - by default whoever was to be its administrator before
   */
  continue(adminUser?: string): Repository {
    const repository = this.#open();
    if (adminUser === undefined) return repository;
    try {
      repository.transaction(() => renameAdministrator(repository, adminUser));
      return repository;
    } catch (error) {
      repository.close();
      throw error;
    }
  }

  /** A file for a clone of `remote` in place of what there is. @param adminUser - by default whoever logs in there */
  async begin(remote: Remote, adminUser?: string): Promise<Repository> {
    await this.remove();
    const repository = createRepository(this.#environment, this.path, {
      adminUser: adminUser ?? remote.user ?? userOfEnvironment(this.#environment.variables) ?? 'root',
      projectCode: null,
      withInitialCheckin: false,
      isPrivate: true,
    });
    try {
      repository.transaction(() => {
        rememberRemote(repository, remote, { withPassword: false });
        new CloneState(repository).sequence = 1;
      });
      return repository;
    } catch (error) {
      repository.close();
      throw error;
    }
  }

  /** The clone is whole. @throws EngineError `file-access` when the name has been taken meanwhile */
  async finish(path: string): Promise<void> {
    const { faults, fs } = this.#environment;
    faults?.at('clone-to-rename');
    await fs.rename(this.path, path);
    faults?.at('clone-renamed');
    // What one driver left of it the other does not need.
    await this.remove();
  }

  async remove(): Promise<void> {
    await removePartialFile(this.#environment, this.path);
  }

  /** A native driver was killed in the middle of a transaction, which the portable one cannot take back; nobody else writes this file. */
  #isHalfWritten(error: unknown): boolean {
    return this.#environment.sqlite.name === 'portable' && hasCode(error, 'repository-locked');
  }

  #open(): Repository {
    return Repository.open(this.#environment, this.path, { isPrivate: true });
  }
}

/** Whether two addresses are the same server, path and user; the password may have changed. */
export function isSameRemote(one: Remote, other: Remote): boolean {
  return canonicalUrl(one) === canonicalUrl(other);
}

function interruptedClone(repository: Repository): InterruptedClone | undefined {
  const remote = rememberedRemote(repository);
  if (remote === undefined) return undefined;
  const check = repository.db.prepare('PRAGMA quick_check(1)').get<{ quick_check: string }>();
  if (check?.quick_check !== 'ok') {
    throw new EngineError('content-corrupt', `${repository.path} is damaged. Remove it and clone again.`);
  }
  return { remote, artifacts: repository.blobs.count() };
}
