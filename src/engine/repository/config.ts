import type { Clock } from '../platform/clock';
import type { Database } from '../platform/sqlite';

const TRUE_WORDS = new Set(['on', 'yes', 'true']);
const FALSE_WORDS = new Set(['off', 'no', 'false']);

/** Reads a boolean as Fossil spells it. @returns undefined for anything else */
export function parseFlag(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  return /^-?\d+$/.test(word) ? Number(word) !== 0 : undefined;
}

/** The `config` table. Values are text; the times beside them are Unix seconds. */
export class ConfigTable {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  get(name: string): string | undefined {
    const row = this.#db
      .prepare('SELECT CAST(value AS TEXT) AS value FROM config WHERE name=?')
      .get<{ value: string | null }>(name);
    return row?.value ?? undefined;
  }

  set(name: string, value: string): void {
    this.#db
      .prepare('REPLACE INTO config(name,value,mtime) VALUES(?,?,?)')
      .run(name, value, Math.floor(this.#clock.now() / 1000));
  }

  remove(name: string): void {
    this.#db.prepare('DELETE FROM config WHERE name=?').run(name);
  }

  /** @returns name and value of all rows whose name starts with the prefix, sorted by name */
  withPrefix(prefix: string): { name: string; value: string }[] {
    return this.#db
      .prepare(
        'SELECT name, CAST(value AS TEXT) AS value FROM config WHERE substr(name,1,length(?1))=?1 AND value IS NOT NULL ORDER BY name',
      )
      .all<{ name: string; value: string }>(prefix);
  }

  /** A boolean setting: on, yes, true, non-zero. */
  flag(name: string, byDefault: boolean): boolean {
    const value = this.get(name);
    return (value === undefined ? undefined : parseFlag(value)) ?? byDefault;
  }
}
