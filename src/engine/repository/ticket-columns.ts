import type { Database } from '../platform/sqlite';

/** A column that a J-card can set. */
export interface TicketField {
  name: string;
  isInTicket: boolean;
  isInChanges: boolean;
  /** Column of `ticket` that gets the rid of the change that last set the field. */
  baseline?: string;
  /** The SQL of its default in `ticketchng`. */
  changeDefault?: string;
}

/** What columns the project's own `ticket` and `ticketchng` have decides what of a change is kept (fossil.md 5.3). */
export interface TicketColumns {
  hasTicket: boolean;
  hasCreationTime: boolean;
  hasChanges: boolean;
  hasChangeRid: boolean;
  hasChangeUser: boolean;
  /** By name. */
  fields: ReadonlyMap<string, TicketField>;
  /** Whether `mimetype` is computed by the table itself. */
  generatesMimetype: { ticket: boolean; changes: boolean };
}

interface ColumnRow {
  name: string;
  type: string;
  defaultSql: string | null;
}

const BASELINE = 'baseline for ';

/** Reads what the ticket tables look like now. */
export function ticketColumns(db: Database): TicketColumns {
  const ticket = columnsOf(db, 'ticket');
  const changes = columnsOf(db, 'ticketchng');
  const baselines = new Set(
    ticket.filter(({ name, type }) => name.startsWith(BASELINE) && type === 'INTEGER').map(({ name }) => name),
  );
  const fields = new Map<string, TicketField>();
  for (const { name } of ticket.filter(isField)) {
    const baseline = BASELINE + name;
    fields.set(name, { name, isInTicket: true, isInChanges: false, ...(baselines.has(baseline) ? { baseline } : {}) });
  }
  for (const column of changes.filter(isField)) {
    const known = fields.get(column.name) ?? { name: column.name, isInTicket: false };
    const changeDefault = column.defaultSql === null ? {} : { changeDefault: column.defaultSql };
    fields.set(column.name, { ...known, isInChanges: true, ...changeDefault });
  }
  const generates = (table: string): boolean =>
    !fields.has('mimetype') &&
    db.prepare("SELECT 1 FROM pragma_table_xinfo(?) WHERE name='mimetype'").get(table) !== undefined;
  return {
    hasTicket: ticket.length > 0,
    hasCreationTime: ticket.some(({ name }) => name === 'tkt_ctime'),
    hasChanges: changes.length > 0,
    hasChangeRid: changes.some(({ name }) => name === 'tkt_rid'),
    hasChangeUser: changes.some(({ name }) => name === 'tkt_user'),
    fields,
    generatesMimetype: { ticket: generates('ticket'), changes: generates('ticketchng') },
  };
}

function columnsOf(db: Database, table: string): ColumnRow[] {
  return db.prepare('SELECT name, type, dflt_value AS defaultSql FROM pragma_table_info(?)').all<ColumnRow>(table);
}

/** Names with a space are the table's own business, and so are those with Fossil's prefix. */
function isField({ name }: ColumnRow): boolean {
  return !name.startsWith('tkt_') && !name.includes(' ');
}
