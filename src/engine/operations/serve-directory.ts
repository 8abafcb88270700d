import type { Environment } from '../platform/environment';
import { hasCode } from '../errors';
import { Repository } from '../repository/repository';
import type { FoundHandlers, RequestHandlers, Site } from '../transport/request-handlers';
import type { ServerOptions } from '../xfer/server-options';
import { repositoryHandlers } from './serve';

/** An element of a path that may name a repository or a directory above it: never hidden, never `..`, no separators. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+)*$/u;
/** Repositories that stay open while nobody uses them. */
const IDLE = 8;

export interface DirectoryOptions extends ServerOptions {
  /** Where SQLite has no locks of its own, files are written only when this is set; they are served for reading otherwise. */
  allowPortableWrites?: boolean;
  /** Most repositories that stay open while nobody uses them. */
  idle?: number;
}

interface OpenRepository {
  repository: Repository;
  handlers: RequestHandlers;
  users: number;
}

/**
 * The repositories of a directory: `/a/b/…` leads to `DIRECTORY/a.fossil`, else to `DIRECTORY/a/b.fossil`, and so on, as `fossil server
 * DIRECTORY` has it. Files are opened when they are asked for; nothing outside of the directory is ever served, not through links either.
 */
export class RepositoryShelf implements Site {
  readonly #environment: Environment;
  readonly #root: Promise<string>;
  readonly #options: DirectoryOptions;
  /** By real path; who was used last stands last. */
  readonly #open = new Map<string, OpenRepository>();

  constructor(environment: Environment, directory: string, options: DirectoryOptions = {}) {
    this.#environment = environment;
    this.#root = environment.fs.realPath(directory);
    this.#options = options;
  }

  async find(path: string): Promise<FoundHandlers | undefined> {
    const { fs } = this.#environment;
    const root = await this.#root;
    const names = path.split('/').slice(1);
    for (let count = 1; count <= names.length && NAME.test(names[count - 1] ?? ''); count++) {
      const below = names.slice(0, count).join('/');
      const file = await fs.realPath(`${root}/${below}.fossil`);
      if (isInside(root, file) && (await fs.status(file))?.kind === 'file') return this.#take(file, `/${below}`);
    }
    return undefined;
  }

  close(): void {
    for (const { repository } of this.#open.values()) repository.close();
    this.#open.clear();
  }

  #take(file: string, prefix: string): FoundHandlers | undefined {
    const open = this.#open.get(file) ?? this.#opened(file);
    if (open === undefined) return undefined;
    this.#open.delete(file);
    this.#open.set(file, open);
    open.users++;
    let isHeld = true;
    const release = (): void => {
      if (isHeld) open.users--;
      isHeld = false;
      this.#closeIdle();
    };
    return { handlers: open.handlers, prefix, release };
  }

  #opened(file: string): OpenRepository | undefined {
    const isReadOnly = this.#options.isReadOnly === true;
    const allowPortableWrites = this.#options.allowPortableWrites === true;
    try {
      const repository = Repository.open(this.#environment, file, {
        mode: isReadOnly ? 'read' : 'write',
        allowPortableWrites,
      });
      return { repository, handlers: repositoryHandlers(repository, this.#options), users: 0 };
    } catch (error) {
      if (hasCode(error, 'not-a-repository', 'file-missing')) return undefined;
      if (!hasCode(error, 'portable-writes-refused', 'repository-read-only')) throw error;
      const repository = Repository.open(this.#environment, file, { mode: 'read' });
      return { repository, handlers: repositoryHandlers(repository, { ...this.#options, isReadOnly: true }), users: 0 };
    }
  }

  #closeIdle(): void {
    const idle = [...this.#open].filter(([, { users }]) => users === 0);
    for (const [file, { repository }] of idle.slice(0, Math.max(0, idle.length - (this.#options.idle ?? IDLE)))) {
      this.#open.delete(file);
      repository.close();
    }
  }
}

function isInside(root: string, file: string): boolean {
  const separator = root.includes('\\') ? '\\' : '/';
  return file.startsWith(root.endsWith(separator) ? root : root + separator);
}
