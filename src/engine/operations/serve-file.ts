import type { Environment } from '../platform/environment';
import type { FoundHandlers, Site } from '../transport/request-handlers';
import { OpenRepositories, type OpeningOptions } from './open-repositories';

/** One repository file under every path, whichever file that is just now: a backup may be put into its place while it is served. */
export class ServedFile implements Site {
  readonly #file: string;
  readonly #repositories: OpenRepositories;

  constructor(environment: Environment, file: string, options: OpeningOptions = {}) {
    this.#file = file;
    this.#repositories = new OpenRepositories(environment, options);
  }

  find(): Promise<FoundHandlers | undefined> {
    return this.#repositories.take(this.#file, '');
  }

  close(): void {
    this.#repositories.close();
  }
}
