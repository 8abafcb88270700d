import { hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import type { FileStatus } from '../platform/file-system';
import { Repository } from '../repository/repository';
import type { FoundHandlers, RequestHandlers } from '../transport/request-handlers';
import type { ServerOptions } from '../xfer/server-options';
import { repositoryHandlers } from './serve';

/** Repositories that stay open while nobody uses them. */
const IDLE = 8;

export interface OpeningOptions extends ServerOptions {
  /** Where SQLite has no locks of its own, files are written only when this is set; they are served for reading otherwise. */
  allowPortableWrites?: boolean;
  /** Most repositories that stay open while nobody uses them. */
  idle?: number;
}

interface OpenRepository {
  repository: Repository;
  handlers: RequestHandlers;
  /** Of the file that was opened; another file may have its name since. */
  identity: string | undefined;
  users: number;
}

/** Repositories that are served, opened when they are asked for, and anew when another file has come into the place of one. */
export class OpenRepositories {
  readonly #environment: Environment;
  readonly #options: OpeningOptions;
  /** By path; who was used last stands last. */
  readonly #open = new Map<string, OpenRepository>();

  constructor(environment: Environment, options: OpeningOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /**
   * @param prefix - the beginning of the path of a request that chose the file
   * @returns undefined when no repository is there
   */
  async take(file: string, prefix: string): Promise<FoundHandlers | undefined> {
    const status = await this.#environment.fs.status(file);
    const known = this.#open.get(file);
    const open = known !== undefined && this.#isCurrent(known, status) ? known : this.#opened(file, status?.identity);
    if (known !== undefined && known !== open) this.#retire(file, known);
    if (open === undefined) return undefined;
    this.#open.delete(file);
    this.#open.set(file, open);
    open.users++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      open.users--;
      if (this.#open.get(file) === open) this.#closeIdle();
      else if (open.users === 0) open.repository.close();
    };
    return { handlers: open.handlers, prefix, release };
  }

  close(): void {
    for (const { repository } of this.#open.values()) repository.close();
    this.#open.clear();
  }

  /** The portable driver itself puts a new file into the place of the old one, and sees when others do. */
  #isCurrent(open: OpenRepository, status: FileStatus | undefined): boolean {
    if (status === undefined) return false;
    return this.#environment.sqlite.name === 'portable' || open.identity === status.identity;
  }

  #opened(file: string, identity: string | undefined): OpenRepository | undefined {
    const isReadOnly = this.#options.isReadOnly === true;
    const allowPortableWrites = this.#options.allowPortableWrites === true;
    try {
      const repository = Repository.open(this.#environment, file, {
        mode: isReadOnly ? 'read' : 'write',
        allowPortableWrites,
      });
      return { repository, handlers: repositoryHandlers(repository, this.#options), identity, users: 0 };
    } catch (error) {
      if (hasCode(error, 'not-a-repository', 'file-missing')) return undefined;
      if (!hasCode(error, 'portable-writes-refused', 'repository-read-only')) throw error;
      const repository = Repository.open(this.#environment, file, { mode: 'read' });
      const handlers = repositoryHandlers(repository, { ...this.#options, isReadOnly: true });
      return { repository, handlers, identity, users: 0 };
    }
  }

  /** Whoever uses it still closes it at the end. */
  #retire(file: string, open: OpenRepository): void {
    this.#open.delete(file);
    if (open.users === 0) open.repository.close();
  }

  #closeIdle(): void {
    const idle = [...this.#open].filter(([, { users }]) => users === 0);
    for (const [file, { repository }] of idle.slice(0, Math.max(0, idle.length - (this.#options.idle ?? IDLE)))) {
      this.#open.delete(file);
      repository.close();
    }
  }
}
