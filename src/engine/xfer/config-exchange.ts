import type { SqlValue } from '../platform/sqlite';
import type { Repository } from '../repository/repository';
import { formatConfigRow, parseConfigRow, type ConfigRow } from './config-rows';
import type { MessageWriter } from './message-writer';

/** Names of the `config` table that travel, by group (fossil.md 4.4). Anything else stays where it is. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  '/css': ['css'],
  '/skin': [
    'css', 'header', 'mainmenu', 'footer', 'details', 'js', 'default-skin', 'logo-mimetype', 'logo-image',
    'background-mimetype', 'background-image', 'icon-mimetype', 'icon-image', 'timeline-block-markup', 'timeline-date-format',
    'timeline-default-style', 'timeline-dwelltime', 'timeline-closetime', 'timeline-max-comment', 'timeline-plaintext',
    'timeline-truncate-at-blank', 'timeline-tslink-info', 'timeline-utc', 'adunit', 'adunit-omit-if-admin',
    'adunit-omit-if-user', 'default-csp', 'sitemap-extra', 'safe-html',
  ],
  '/ticket': [
    'ticket-table', 'ticket-common', 'ticket-change', 'ticket-newpage', 'ticket-viewpage', 'ticket-editpage',
    'ticket-reportlist', 'ticket-report-template', 'ticket-key-template', 'ticket-title-expr', 'ticket-closed-expr',
  ],
  '/project': [
    'project-name', 'short-project-name', 'project-description', 'index-page', 'manifest', 'binary-glob', 'clean-glob',
    'ignore-glob', 'keep-glob', 'crlf-glob', 'crnl-glob', 'encoding-glob', 'empty-dirs', 'dotfiles', 'parent-project-code',
    'parent-project-name', 'hash-policy', 'comment-format', 'mimetypes', 'forbid-delta-manifests', 'mv-rm-files', 'main-branch',
  ],
  '/xfer': ['xfer-common-script', 'xfer-push-script', 'xfer-commit-script', 'xfer-ticket-script'],
  '/shun': [],
}; // prettier-ignore

/** Key, columns and mtime of the other tables that travel. `user` and `subscriber` do not: they hold credentials. */
const TABLES: Readonly<Record<string, { key: string; columns: readonly string[]; group: string }>> = {
  shun: { key: 'uuid', columns: ['scom'], group: '/shun' },
  reportfmt: { key: 'title', columns: ['owner', 'cols', 'sqlcode', 'jx'], group: '/ticket' },
  concealed: { key: 'hash', columns: ['content'], group: '/email' },
};

const EVERY_NAME = new Set(Object.values(NAMES).flat());

/**
 * Takes over one `config` row of the other side: inserts it, or replaces an older one. In the caller's transaction.
 * @param table - as the card has it, `/config`
 * @returns false when the row is of a kind that is not taken over
 */
export function applyConfigRow(repository: Repository, table: string, payload: Uint8Array): boolean {
  const row = parseConfigRow(payload);
  if (!row) return false;
  if (table === '/config') {
    const value = row.columns.get('value');
    if (!EVERY_NAME.has(row.key) || value === undefined) return false;
    upsert(repository, 'config', 'name', ['value'], row);
    return true;
  }
  const shape = TABLES[table.slice(1)];
  if (!shape) return false;
  const columns = shape.columns.filter((name) => row.columns.has(name));
  upsert(repository, table.slice(1), shape.key, columns, row);
  return true;
}

function upsert(repository: Repository, table: string, key: string, columns: readonly string[], row: ConfigRow): void {
  const names = [key, 'mtime', ...columns];
  const assignments = ['mtime', ...columns].map((name) => `${name}=excluded.${name}`).join(', ');
  repository.db
    .prepare(
      `INSERT INTO ${table}(${names.join(', ')}) VALUES(${names.map(() => '?').join(', ')})
         ON CONFLICT(${key}) DO UPDATE SET ${assignments} WHERE coalesce(${table}.mtime, 0) < excluded.mtime`,
    )
    .run(row.key, row.mtime, ...columns.map((name) => row.columns.get(name) ?? null));
}

/** Writes the rows of a group as `config` cards. Groups that need an administrator are left out, as by Fossil. */
export function writeConfigGroup(repository: Repository, group: string, message: MessageWriter): void {
  for (const [table, shape] of Object.entries(TABLES)) {
    if (table === 'concealed' || !(group === shape.group || group === '/all')) continue;
    for (const row of rowsOf(repository, table, shape.key, shape.columns))
      message.config(`/${table}`, formatConfigRow(row));
  }
  const names = group === '/all' ? EVERY_NAME : new Set(NAMES[group] ?? []);
  for (const row of rowsOf(repository, 'config', 'name', ['value']))
    if (names.has(row.key)) message.config('/config', formatConfigRow(row));
}

function* rowsOf(repository: Repository, table: string, key: string, columns: readonly string[]): Generator<ConfigRow> {
  // Older repositories lack a column now and then (fossil.md 5.2).
  const present = new Set(
    repository.db
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all<{ name: string }>()
      .map((row) => row.name),
  );
  const known = columns.filter((name) => present.has(name));
  const list = [key, 'mtime', ...known].join(', ');
  for (const row of repository.db
    .prepare(`SELECT ${list} FROM ${table} WHERE ${key} IS NOT NULL ORDER BY ${key}`)
    .all<Record<string, SqlValue>>()) {
    const name = row[key];
    const mtime = row['mtime'];
    if (typeof name !== 'string') continue;
    yield {
      mtime: typeof mtime === 'number' ? mtime : 0,
      key: name,
      columns: new Map(known.map((column) => [column, row[column] ?? null])),
    };
  }
}
