import type { Environment } from '../platform/environment';
import type { FoundHandlers, Site } from '../transport/request-handlers';
import { OpenRepositories, type OpeningOptions } from './open-repositories';

/** An element of a path that may name a repository or a directory above it: never hidden, never `..`, no separators. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+)*$/u;

/**
 * The repositories of a directory: `/a/b/…` leads to `DIRECTORY/a.fossil`, else to `DIRECTORY/a/b.fossil`, and so on, as `fossil server
 * DIRECTORY` has it. Files are opened when they are asked for; nothing outside of the directory is ever served, not through links either.
 */
export class RepositoryShelf implements Site {
  readonly #environment: Environment;
  readonly #root: Promise<string>;
  /** By real path. */
  readonly #repositories: OpenRepositories;

  constructor(environment: Environment, directory: string, options: OpeningOptions = {}) {
    this.#environment = environment;
    this.#root = environment.fs.realPath(directory);
    this.#repositories = new OpenRepositories(environment, options);
  }

  async find(path: string): Promise<FoundHandlers | undefined> {
    const { fs } = this.#environment;
    const root = await this.#root;
    const names = path.split('/').slice(1);
    for (let count = 1; count <= names.length && NAME.test(names[count - 1] ?? ''); count++) {
      const below = names.slice(0, count).join('/');
      const file = await fs.realPath(`${root}/${below}.fossil`);
      if (isInside(root, file) && (await fs.status(file))?.kind === 'file')
        return this.#repositories.take(file, `/${below}`);
    }
    return undefined;
  }

  close(): void {
    this.#repositories.close();
  }
}

function isInside(root: string, file: string): boolean {
  const separator = root.includes('\\') ? '\\' : '/';
  return file.startsWith(root.endsWith(separator) ? root : root + separator);
}
