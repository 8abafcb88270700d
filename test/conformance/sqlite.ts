import { sqliteFiles } from './sqlite-files';
import { sqliteStatements } from './sqlite-statements';
import { sqliteTransactions } from './sqlite-transactions';
import { sqliteValues } from './sqlite-values';
import { driverNamed, SqliteSubject, type DriverName } from './sqlite-subject';

/** What every driver must do (src/engine/platform/sqlite.ts), beside a real SQLite in another process. */
export function sqliteConformance(name: DriverName): void {
  describe(`The ${name} SQLite driver`, () => {
    let current: SqliteSubject;
    const subject = (): SqliteSubject => current;
    beforeEach(async () => (current = new SqliteSubject(await driverNamed(name))));
    afterEach(() => current.remove());

    describe('values', () => sqliteValues(subject));
    describe('statements', () => sqliteStatements(subject));
    describe('a transaction', () => sqliteTransactions(subject));
    describe('files', () => sqliteFiles(subject));
  });
}
