import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { ToldTotals } from './clone-forecast';
import type { MessageWriter } from './message-writer';
import { canonicalUrl, withoutLogin, type Remote } from './remote';
import { SEEN, SEEN_VERSION, TO_COME, UP_TO } from './seen-server';

/** Names of the rows in `config` that keep a token for each remote; Fossil leaves them alone. */
const ROW = 'trilobite-seen:';
const ABSENT = '-';
/** What a token may look like: it is the server's own affair. */
const TOKEN = /^[!-~]{1,200}$/;

/**
 * Up to where a server's content has been seen: tells the server, and remembers what it answers
 * (docs/protocol-extensions.md). Servers that do not know the pragma pass over it.
 */
export class SeenClient {
  readonly #repository: Repository;
  readonly #row: string;
  #token: string | undefined;
  #upTo: string | undefined;
  /** What the server has told to be to come. */
  told: ToldTotals | undefined;

  constructor(repository: Repository, remote: Remote) {
    this.#repository = repository;
    this.#row = ROW + canonicalUrl(withoutLogin(remote));
    this.#token = repository.config.get(this.#row);
  }

  /** What the server is told; `-` where nothing is known of it. */
  get token(): string {
    return this.#token !== undefined && TOKEN.test(this.#token) ? this.#token : ABSENT;
  }

  /** Before what is asked for. @param withTotals - the server is to tell how much is to come */
  compose(message: MessageWriter, { withTotals }: { withTotals: boolean }): void {
    message.pragma(SEEN, SEEN_VERSION, this.token, ...(withTotals ? ['totals'] : []));
  }

  /** @returns whether the card was about what has been seen */
  take(card: Card): boolean {
    if (card.kind !== 'pragma' || (card.name !== TO_COME && card.name !== UP_TO)) return false;
    const [version, first = '', second = ''] = card.parameters;
    if (version !== SEEN_VERSION) return true;
    if (card.name === UP_TO) this.#upTo = TOKEN.test(first) ? first : undefined;
    else if (/^\d{1,15}$/.test(first) && /^\d{1,15}$/.test(second)) {
      this.told = { artifacts: Number(first), bytes: Number(second) };
    }
    return true;
  }

  /** All that the server had when it answered is here: remembers that, in the caller's transaction or one of its own. */
  keep(): void {
    const token = this.#upTo;
    if (token === undefined || token === this.#token) return;
    this.#token = token;
    const { config } = this.#repository;
    if (this.#repository.db.isInTransaction) config.set(this.#row, token);
    else this.#repository.transaction(() => config.set(this.#row, token));
  }
}
