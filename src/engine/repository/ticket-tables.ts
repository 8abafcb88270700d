import { hasCode } from '../errors';
import type { Database } from '../platform/sqlite';
import { quoteName } from '../platform/sql-text';
import type { Repository } from './repository';
import { DEFAULT_TICKET_SCHEMA } from './schema';
import { TicketLinker } from './ticket-linker';
import { checkTicketSchema, type TicketSchema, type TicketSchemaStatement } from './ticket-schema';

const REFUSED =
  "The project's definition of its ticket tables (setting ticket-table) was not followed: it does more than define them, or SQLite " +
  'does not understand it. Tickets have the columns of Fossil\'s own definition; let an administrator correct it, then run "rebuild".';

/**
 * Makes the ticket tables anew, empty: as the project defines them in config `ticket-table`, else Fossil's own. A definition that does
 * more than define, or that SQLite refuses, is not followed: a clone must not fail for it. Inside the caller's transaction; the tickets
 * themselves are replayed by a crosslink session, or by {@link rebuildTickets}.
 *
 * @returns what was not followed, in sentences for the user
 */
export function defineTicketTables(repository: Repository): string[] {
  const { db, config } = repository;
  drop(db, ['ticket', 'ticketchng']);
  const definition = config.get('ticket-table');
  if (definition !== undefined) {
    const schema = checkTicketSchema(definition);
    if (schema === undefined) {
      db.exec(DEFAULT_TICKET_SCHEMA);
      return [REFUSED];
    }
    if (make(db, schema)) return schema.warnings;
  }
  db.exec(DEFAULT_TICKET_SCHEMA);
  return definition === undefined ? [] : [REFUSED];
}

/**
 * Makes the ticket tables anew and replays all tickets: when `ticket-table` has come with a project's configuration, as Fossil does then.
 *
 * @returns what of the definition was not followed, in sentences for the user
 */
export function rebuildTickets(repository: Repository): string[] {
  return repository.transaction(() => {
    const warnings = defineTicketTables(repository);
    new TicketLinker(repository).rebuildAll();
    return warnings;
  });
}

/** @returns whether all was made and is fit for tickets; if not, nothing of it is left */
function make(db: Database, { statements }: TicketSchema): boolean {
  const made: TicketSchemaStatement[] = [];
  try {
    for (const statement of statements) {
      // Tables of the project's own taste outlive the ticket tables.
      const isOwn = !['ticket', 'ticketchng'].includes(statement.name);
      if (isOwn && exists(db, statement.name)) continue;
      db.prepare(statement.sql).run();
      made.push(statement);
    }
    tryOut(db);
    return true;
  } catch (error) {
    // SQLite's own objection; a full disk is something else.
    if (!hasCode(error, 'internal')) throw error;
    drop(
      db,
      made.filter(({ kind }) => kind === 'table').map(({ name }) => name),
    );
    return false;
  }
}

/** Makes and removes a ticket, as the replay of any will. */
function tryOut(db: Database): void {
  if (exists(db, 'ticket')) {
    const id = db.prepare('INSERT INTO ticket(tkt_uuid, tkt_mtime) VALUES(?,0)').run('').lastInsertRowid;
    db.prepare('UPDATE ticket SET tkt_mtime=0 WHERE tkt_id=?').run(id);
    db.exec('DELETE FROM ticket');
  }
  if (exists(db, 'ticketchng')) {
    db.prepare('INSERT INTO ticketchng(tkt_id, tkt_mtime) VALUES(?,0)').run(0);
    db.exec('DELETE FROM ticketchng');
  }
}

function exists(db: Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema WHERE lower(name)=?').get(name) !== undefined;
}

function drop(db: Database, names: readonly string[]): void {
  for (const name of names) {
    const row = db
      .prepare("SELECT name, type FROM sqlite_schema WHERE lower(name)=? AND type IN ('table','view')")
      .get<{ name: string; type: string }>(name);
    if (row !== undefined) db.exec(`DROP ${row.type} ${quoteName(row.name)}`);
  }
}
