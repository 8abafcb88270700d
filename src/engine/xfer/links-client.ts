import { parseInteger } from '../codec/card-line';
import { decodeToken } from '../codec/fossil-encoding';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { MessageWriter } from './message-writer';
import { publicAddress } from './public-address';
import type { SyncPart, SyncRound } from './sync-part';

/** More than any project has: what a server tells beyond is dropped. */
const MOST_LINKS = 1000;

/** Another address of the project, or of a copy of it, as a server has told it. */
interface Link {
  url: string;
  /** Who knows it, and what it is, as JSON. */
  about: string;
  /** Unix seconds. */
  mtime: number;
}

/** Asks the server for other addresses of the project and keeps them, the younger word winning (fossil.md 2.3, `req-links`, `link`). */
export class LinksClient implements SyncPart {
  readonly #repository: Repository;
  #arrived: Link[] = [];
  /** All addresses that the server has told. */
  readonly urls: string[] = [];

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  compose(message: MessageWriter, { number }: SyncRound): void {
    if (number === 1) message.pragma('req-links');
  }

  take(card: Card): boolean {
    if (card.kind !== 'pragma' || card.name !== 'link') return false;
    const [url = '', about = '', stamp = ''] = card.parameters;
    const address = publicAddress(decodeToken(url));
    const mtime = parseInteger(stamp, Number.MAX_SAFE_INTEGER) ?? 0;
    if (address !== undefined && mtime > 0 && this.#arrived.length + this.urls.length < MOST_LINKS) {
      this.#arrived.push({ url: address, about: decodeToken(about), mtime });
    }
    return true;
  }

  digest(): boolean {
    const links = this.#arrived;
    this.#arrived = [];
    if (links.length === 0) return false;
    // What claims to come from the future could never be told anew.
    const now = Math.floor(this.#repository.environment.clock.now() / 1000);
    this.#repository.transaction(() => {
      const keep = this.#repository.db.prepare(
        `INSERT INTO config(name,value,mtime) VALUES(?,?,?)
           ON CONFLICT DO UPDATE SET value=excluded.value, mtime=excluded.mtime WHERE mtime<excluded.mtime`,
      );
      for (const { url, about, mtime } of links) {
        keep.run(`link:${url}`, about, Math.min(mtime, now));
        this.urls.push(url);
      }
    });
    return false;
  }
}
