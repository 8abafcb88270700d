import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Database, SqliteDriver } from '../../src/engine/platform/sqlite';
import { createNativeDriver } from '../../src/engine/platform/sqlite-native';
import { createPortableDriver } from '../../src/engine/platform/sqlite-portable';

/** Milliseconds that tests wait for a lock that does not come free. */
export const shortPatience = 150;

/** A driver under test, with the databases that a test opens, all in one directory. */
export class SqliteSubject {
  readonly #open: Database[] = [];

  constructor(
    readonly driver: SqliteDriver,
    readonly directory = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'trilobite-sqlite-'))),
  ) {}

  path(name: string): string {
    return path.join(this.directory, name);
  }

  create(name = 'a.db'): Database {
    return this.#keep(this.driver.open(this.path(name), { mode: 'create' }));
  }

  write(name = 'a.db'): Database {
    return this.#keep(this.driver.open(this.path(name), { mode: 'write', allowPortableWrites: true }));
  }

  read(name = 'a.db'): Database {
    return this.#keep(this.driver.open(this.path(name), { mode: 'read' }));
  }

  remove(): void {
    for (const database of this.#open) database.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  #keep(database: Database): Database {
    this.#open.push(database);
    return database;
  }
}

export type DriverName = SqliteDriver['name'];

/** The drivers that this Node can have. */
export function driverNames(): DriverName[] {
  return createNativeDriver() === undefined ? ['portable'] : ['native', 'portable'];
}

export async function driverNamed(name: DriverName): Promise<SqliteDriver> {
  const driver =
    name === 'native'
      ? createNativeDriver({ busyTimeout: shortPatience })
      : await createPortableDriver({ busyTimeout: shortPatience });
  if (driver === undefined) throw new Error('This Node has no node:sqlite.');
  return driver;
}
