import { encodeToken } from '../codec/fossil-encoding';
import type { Card } from './card';
import { publicAddress } from './public-address';
import type { ServerContext, ServerPart } from './server-part';

const MONTH_SECONDS = 31 * 24 * 60 * 60;

interface LinkRow {
  url: string;
  kind: 'fossil' | 'git';
  mtime: number;
}

/** Knows other addresses of the project: remembers a client's, tells those of the last month (fossil.md 2.3, `client-url`, `req-links`). */
export class ServerLinks implements ServerPart {
  #tells = false;

  writes(card: Card, { permissions }: ServerContext): boolean {
    return card.kind === 'pragma' && card.name === 'client-url' && permissions.mayWrite;
  }

  take(card: Card, context: ServerContext): boolean {
    if (card.kind !== 'pragma') return false;
    if (card.name === 'req-links') {
      this.#tells = true;
      return true;
    }
    if (card.name !== 'client-url') return false;
    const { repository, permissions, isReadOnly } = context;
    const url = card.parameters.length === 1 ? publicAddress(card.parameters[0] ?? '') : undefined;
    if (url !== undefined && permissions.mayWrite && !isReadOnly) repository.config.set(`syncfrom:${url}`, '{}');
    return true;
  }

  finish({ repository, reply, origin }: ServerContext): void {
    if (!this.#tells || origin.url === undefined) return;
    const since = Math.floor(repository.environment.clock.now() / 1000) - MONTH_SECONDS;
    const rows = repository.db
      .prepare(
        `SELECT url, kind, max(mtime) AS mtime FROM (
           SELECT substr(name, 10) AS url, 'fossil' AS kind, mtime FROM config
            WHERE name GLOB 'syncwith:http*' OR name GLOB 'syncfrom:http*'
           UNION ALL SELECT substr(name, 9), 'git', mtime FROM config WHERE name GLOB 'gitpush:*')
          WHERE mtime>? GROUP BY url`,
      )
      .all<LinkRow>(since);
    for (const { url, kind, mtime } of rows) {
      const shown = publicAddress(url);
      if (shown === undefined) continue;
      const about = { ...(kind === 'git' ? { type: 'git' } : {}), src: origin.url };
      reply.pragma('link', encodeToken(shown), encodeToken(JSON.stringify(about)), mtime);
    }
  }
}
