import type { Repository } from './repository';
import { DEFAULT_TICKET_SCHEMA } from './schema';
import { isHarmlessTicketDefinition } from './ticket-definition';

/**
 * Makes the ticket tables anew, empty: as the project defines them in config `ticket-table`, else Fossil's own. A definition that
 * does more than define, or that SQLite does not understand, is not followed: a clone must not fail for it. Inside the caller's transaction;
 * the tickets themselves are replayed by a crosslink session.
 */
export function defineTicketTables(repository: Repository): void {
  const { db, config } = repository;
  const definition = config.get('ticket-table');
  drop(repository);
  if (definition !== undefined && isHarmlessTicketDefinition(definition)) {
    db.exec('SAVEPOINT ticket_tables');
    try {
      db.exec(definition);
      db.exec('RELEASE ticket_tables');
      return;
    } catch {
      db.exec('ROLLBACK TO ticket_tables; RELEASE ticket_tables');
    }
  }
  db.exec(DEFAULT_TICKET_SCHEMA);
}

function drop({ db }: Repository): void {
  const rows = db
    .prepare(
      "SELECT name, type FROM sqlite_schema WHERE lower(name) IN ('ticket','ticketchng') AND type IN ('table','view')",
    )
    .all<{ name: string; type: string }>();
  for (const { name, type } of rows) db.exec(`DROP ${type} "${name}"`);
}
