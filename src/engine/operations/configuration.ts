import { formatStamp } from '../codec/julian-day';
import { textOf, utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import { createDefaultReport } from '../repository/default-report';
import type { Repository } from '../repository/repository';
import { rebuildTickets } from '../repository/ticket-tables';
import { createDefaultUsers } from '../repository/users';
import { CONFIG_TABLES, type ConfigArea, includesArea, namesOfArea } from '../xfer/config-areas';
import { ConfigReceiver, writeConfigGroup } from '../xfer/config-exchange';
import { MessageWriter } from '../xfer/message-writer';

/** `config` cards and their payloads in a file, with comment lines before them. */
const CARD = /^config (\/[a-z]+) (\d+)$/;
const LINE_FEED = 0x0a;

/**
 * The configuration of an area as `fossil configuration export` writes it.
 * @param since - only what has changed since then, in Unix seconds
 */
export function exportConfig(repository: Repository, area: ConfigArea, since?: number): Uint8Array {
  const cards = new MessageWriter();
  writeConfigGroup(repository, `/${area}`, cards, { withSensitive: true, ...(since === undefined ? {} : { since }) });
  const now = formatStamp(repository.environment.clock.now()).slice(0, 19).replace('T', ' ');
  const heading = utf8(`# The "${area}" configuration exported from\n# repository "${repository.path}"\n# on ${now}\n`);
  const body = cards.bytes();
  const file = new Uint8Array(heading.length + body.length);
  file.set(heading);
  file.set(body, heading.length);
  return file;
}

/**
 * A moment as SQLite reads it: a date, or a distance from now such as `-1 day`.
 * @throws EngineError `usage` when it is neither
 */
export function unixSeconds({ db }: Repository, text: string): number {
  const seconds = db
    .prepare("SELECT CAST(coalesce(strftime('%s',?1), strftime('%s','now',?1)) AS INTEGER) AS seconds")
    .get<{ seconds: number | null }>(text)?.seconds;
  if (typeof seconds === 'number') return seconds;
  throw new EngineError(
    'usage',
    `"${text}" is no date, such as 2026-01-31, and no distance from now, such as "-1 day".`,
  );
}

/**
 * Takes over what {@link exportConfig}, or Fossil, has written, in the caller's transaction.
 * @param options.overwrite - replaces what is here; otherwise the younger row wins
 * @returns how many rows the file had of kinds that are taken over, and what the user should know
 * @throws EngineError `card-malformed` when the file is cut off, or no such file
 */
export function importConfig(
  repository: Repository,
  file: Uint8Array,
  options: { overwrite: boolean },
): { rows: number; warnings: string[] } {
  const receiver = new ConfigReceiver(repository, { withSensitive: true, overwrite: options.overwrite });
  let rows = 0;
  let cards = 0;
  for (let at = 0; at < file.length;) {
    const end = file.indexOf(LINE_FEED, at);
    const line = textOf(file.subarray(at, end < 0 ? file.length : end));
    at = end < 0 ? file.length : end + 1;
    const card = CARD.exec(line);
    if (card === null) continue;
    const [, table = '', digits = ''] = card;
    const size = Number(digits);
    if (at + size > file.length) throw malformed('it is cut off');
    cards++;
    if (receiver.take(table, file.subarray(at, at + size))) rows++;
    at += size + 1;
  }
  if (cards === 0 && !textOf(file.subarray(0, 1)).startsWith('#')) throw malformed('it holds no configuration');
  return { rows, warnings: receiver.end() };
}

/** Puts an area back to what a new repository has, in the caller's transaction. */
export function resetConfig(repository: Repository, area: ConfigArea, adminUser: string): void {
  for (const name of namesOfArea(area)) repository.config.remove(name);
  for (const { table, area: owner } of CONFIG_TABLES) {
    if (!includesArea(area, owner)) continue;
    if (table === 'subscriber' && !hasSubscribers(repository)) continue;
    repository.db.exec(`DELETE FROM ${table}`);
    if (table === 'user') createDefaultUsers(repository, adminUser);
    if (table === 'reportfmt') createDefaultReport(repository);
  }
  if (includesArea(area, 'ticket')) rebuildTickets(repository);
}

function hasSubscribers({ db }: Repository): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name='subscriber'").get() !== undefined;
}

function malformed(reason: string): EngineError {
  return new EngineError('card-malformed', `That is not a file that "config export" has written: ${reason}.`);
}
