import type { SqlValue } from '../platform/sqlite';
import type { Repository } from '../repository/repository';
import { createSubscriberTables } from '../repository/subscriber-tables';
import { rebuildTickets } from '../repository/ticket-tables';
import {
  areasOfName,
  CONFIG_AREAS,
  CONFIG_TABLES,
  type ConfigArea,
  type ConfigTableShape,
  includesArea,
  SENSITIVE_AREAS,
} from './config-areas';
import { formatConfigRow, parseConfigRow, type ConfigRow } from './config-rows';
import type { MessageWriter } from './message-writer';

export interface ConfigReceiveOptions {
  /** The area that rows may belong to; default all. */
  area?: ConfigArea;
  /** Also takes users and subscribers. Only from a file of the user's own, from an administrator, or when asked for by name. */
  withSensitive?: boolean;
  /** Replaces what is here whatever its age; tables that are named are emptied first. */
  overwrite?: boolean;
}

/** Takes over configuration rows of another repository, in the caller's transaction. */
export class ConfigReceiver {
  readonly #repository: Repository;
  readonly #options: ConfigReceiveOptions;
  readonly #emptied = new Set<string>();
  #concernsTickets = false;

  constructor(repository: Repository, options: ConfigReceiveOptions = {}) {
    this.#repository = repository;
    this.#options = options;
  }

  /**
   * Inserts a row, or replaces an older one.
   * @param table - as the card has it, `/config`
   * @returns false when the row is of a kind that is not taken over
   */
  take(table: string, payload: Uint8Array): boolean {
    const row = parseConfigRow(payload);
    if (!row) return false;
    if (table === '/config') return this.#takeSetting(row);
    const shape = CONFIG_TABLES.find((candidate) => `/${candidate.table}` === table);
    if (shape === undefined || !this.#isWanted(shape.area)) return false;
    if (shape.table === 'subscriber') createSubscriberTables(this.#repository.db);
    if (!hasTable(this.#repository, shape.table)) return false;
    if (this.#options.overwrite === true && !this.#emptied.has(shape.table)) {
      this.#repository.db.exec(`DELETE FROM ${shape.table}`);
      this.#emptied.add(shape.table);
    }
    const present = columnsOf(this.#repository, shape.table);
    const columns = shape.columns.filter((name) => row.columns.has(name) && present.has(name));
    this.#upsert(shape.table, shape.key, columns, row);
    return true;
  }

  /**
   * Ends with what follows from the rows: other ticket tables, or other words for tickets on the timeline.
   * @returns sentences for the user
   */
  end(): string[] {
    return this.#concernsTickets ? rebuildTickets(this.#repository) : [];
  }

  #takeSetting(row: ConfigRow): boolean {
    if (row.columns.get('value') === undefined) return false;
    const areas = areasOfName(row.key);
    if (!areas.some((area) => this.#isWanted(area))) return false;
    this.#concernsTickets ||= areas.includes('ticket');
    this.#upsert('config', 'name', ['value'], row);
    return true;
  }

  #isWanted(area: ConfigArea): boolean {
    if (area !== 'email' && SENSITIVE_AREAS.has(area) && this.#options.withSensitive !== true) return false;
    return includesArea(this.#options.area ?? 'all', area);
  }

  #upsert(table: string, key: string, columns: readonly string[], row: ConfigRow): void {
    const names = [key, 'mtime', ...columns];
    const assignments = ['mtime', ...columns].map((name) => `${name}=excluded.${name}`).join(', ');
    const condition = this.#options.overwrite === true ? '' : ` WHERE ${table}.mtime < excluded.mtime`;
    const { db, environment } = this.#repository;
    environment.faults?.at('config-row-to-store');
    db.prepare(
      `INSERT INTO ${table}(${names.join(', ')}) VALUES(${names.map(() => '?').join(', ')})
           ON CONFLICT(${key}) DO UPDATE SET ${assignments}${condition}`,
    ).run(row.key, row.mtime, ...columns.map((name) => row.columns.get(name) ?? null));
    environment.faults?.at('config-row-stored');
  }
}

export interface ConfigWriteOptions {
  /** Also writes users, subscribers and addresses: for an administrator, or into a file of the user's own. */
  withSensitive?: boolean;
  /** Whether addresses are written; default as `withSensitive`. */
  withAddresses?: boolean;
  /** Only rows that have changed since then, in Unix seconds. */
  since?: number;
}

/**
 * Writes the rows of an area as `config` cards.
 * @param group - the area, as a `reqconfig` card has it, `/project`; an unknown one has no rows
 */
export function writeConfigGroup(
  repository: Repository,
  group: string,
  message: MessageWriter,
  options: ConfigWriteOptions = {},
): void {
  const chosen = CONFIG_AREAS.find((area) => `/${area}` === group);
  if (chosen === undefined) return;
  const isAllowed = (area: ConfigArea): boolean =>
    (area === 'email' ? (options.withAddresses ?? options.withSensitive) : options.withSensitive) === true;
  const isGiven = (area: ConfigArea): boolean =>
    includesArea(chosen, area) && (isAllowed(area) || !SENSITIVE_AREAS.has(area));
  for (const shape of CONFIG_TABLES) {
    if (!isGiven(shape.area) || !hasTable(repository, shape.table)) continue;
    for (const row of rowsOf(repository, shape, options.since ?? 0))
      message.config(`/${shape.table}`, formatConfigRow(row));
  }
  const settings: ConfigTableShape = { table: 'config', area: 'all', key: 'name', columns: ['value'] };
  for (const row of rowsOf(repository, settings, options.since ?? 0)) {
    if (areasOfName(row.key).some(isGiven)) message.config('/config', formatConfigRow(row));
  }
}

function* rowsOf(repository: Repository, shape: ConfigTableShape, since: number): Generator<ConfigRow> {
  const { table, key } = shape;
  // Older repositories lack a column now and then (fossil.md 5.2).
  const present = columnsOf(repository, table);
  const known = shape.columns.filter((name) => present.has(name));
  const verified = table === 'subscriber' ? ' AND sverified' : '';
  const rows = repository.db
    .prepare(
      `SELECT ${[key, 'mtime', ...known].join(', ')} FROM ${table}
        WHERE ${key} IS NOT NULL AND mtime>=?${verified} ORDER BY ${key}`,
    )
    .all<Record<string, SqlValue>>(since);
  for (const row of rows) {
    const name = row[key];
    const mtime = row['mtime'];
    if (typeof name !== 'string' || typeof mtime !== 'number') continue;
    const columns = known
      .map((column) => [column, row[column] ?? null] as const)
      .filter(([, value]) => value !== null || shape.omitsNull !== true);
    yield { mtime, key: name, columns: new Map(columns) };
  }
}

function hasTable(repository: Repository, table: string): boolean {
  return columnsOf(repository, table).size > 0;
}

function columnsOf(repository: Repository, table: string): Set<string> {
  const rows = repository.db.prepare('SELECT name FROM pragma_table_info(?)').all<{ name: string }>(table);
  return new Set(rows.map((row) => row.name));
}
