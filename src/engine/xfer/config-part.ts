import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { ConfigArea } from './config-areas';
import { ConfigReceiver, writeConfigGroup } from './config-exchange';
import type { MessageWriter } from './message-writer';
import type { SyncPart, SyncRound } from './sync-part';

export interface ConfigPartOptions {
  area: ConfigArea;
  pull: boolean;
  push: boolean;
  /** What comes replaces what is here whatever its age. */
  overwrite?: boolean;
}

/** Configuration in a sync (fossil.md 3.6): asked for and sent with the first message; the younger row wins. */
export class ConfigPart implements SyncPart {
  readonly #repository: Repository;
  readonly #options: ConfigPartOptions;
  #rows: { table: string; payload: Uint8Array }[] = [];
  /** Rows that the server gave, those included that were older than what is here. */
  received = 0;
  /** What the user should know. */
  warnings: string[] = [];

  constructor(repository: Repository, options: ConfigPartOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  compose(message: MessageWriter, { number }: SyncRound): void {
    if (number !== 1) return;
    const { area, pull, push } = this.#options;
    if (pull) message.card('reqconfig', `/${area}`);
    if (push) writeConfigGroup(this.#repository, `/${area}`, message, { withSensitive: true });
  }

  take(card: Card): boolean {
    if (card.kind !== 'config') return false;
    if (this.#options.pull) this.#rows.push(card);
    return true;
  }

  digest(): boolean {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length === 0) return false;
    const { area, overwrite = false } = this.#options;
    this.#repository.transaction(() => {
      const receiver = new ConfigReceiver(this.#repository, { area, withSensitive: true, overwrite });
      for (const { table, payload } of rows) receiver.take(table, payload);
      this.warnings = receiver.end();
    });
    this.received += rows.length;
    return false;
  }
}
