import { EngineError } from '../errors';
import type { Repository } from '../repository/repository';

const SEQUENCE = 'trilobite-clone-sequence';
const SERVER = 'trilobite-clone-server';
const CONFIGURED = 'trilobite-clone-configured';
const PRIVATE = 'trilobite-clone-private';
const UNVERSIONED = 'trilobite-clone-unversioned';

/**
 * How far the clone into a partial file has come: rows of its `config` table, each written in the transaction of the round that it
 * tells of, all gone when the clone is whole.
 */
export class CloneState {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Whether a clone has begun and is not whole. */
  get isUnderWay(): boolean {
    return this.#repository.config.get(SEQUENCE) !== undefined;
  }

  /** Next row of the server to ask for; 0: all have come. */
  get sequence(): number {
    const row = Number(this.#repository.config.get(SEQUENCE) ?? 1);
    return Number.isSafeInteger(row) && row >= 0 ? row : 1;
  }

  set sequence(row: number) {
    this.#repository.config.set(SEQUENCE, String(row));
  }

  /** The server's own code: another file of the same project numbers its artifacts differently. */
  get server(): string | undefined {
    return this.#repository.config.get(SERVER);
  }

  setServer(code: string): void {
    this.#repository.config.set(SERVER, code);
  }

  get isConfigured(): boolean {
    return this.#repository.config.get(CONFIGURED) !== undefined;
  }

  /** The server's configuration has come. */
  setConfigured(): void {
    this.#repository.config.set(CONFIGURED, '1');
  }

  /**
   * What was cloned without private branches cannot go on with them: the server would begin behind those it left out.
   * @throws EngineError `repository-changed`
   */
  requireKind(withPrivate: boolean): void {
    if ((this.#repository.config.get(PRIVATE) !== undefined) === withPrivate) return;
    throw new EngineError('repository-changed', 'The clone that was interrupted was to hold other branches.');
  }

  setWithPrivate(withPrivate: boolean): void {
    if (withPrivate) this.#repository.config.set(PRIVATE, '1');
    else this.#repository.config.remove(PRIVATE);
  }

  /** The server has shown its unversioned files without having been asked: its setting `uv-sync` is on (fossil.md 4). */
  get offersUnversioned(): boolean {
    return this.#repository.config.get(UNVERSIONED) !== undefined;
  }

  setOffersUnversioned(): void {
    this.#repository.config.set(UNVERSIONED, '1');
  }

  /** All artifacts are here and verified. */
  setWhole(): void {
    for (const name of [SEQUENCE, SERVER, CONFIGURED]) this.#repository.config.remove(name);
  }

  /** Unversioned files have come, too, or shall not: nothing tells of the clone any more. */
  clear(): void {
    for (const name of [PRIVATE, UNVERSIONED]) this.#repository.config.remove(name);
  }
}
