import type { Clock } from '../platform/clock';
import type { Database } from '../platform/sqlite';

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
}
