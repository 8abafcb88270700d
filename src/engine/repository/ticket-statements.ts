import type { JulianDay, Rid } from '../identifiers';
import { quoteName } from '../platform/sql-text';
import type { Database, SqlRow, SqlValue } from '../platform/sqlite';
import type { TicketColumns, TicketField } from './ticket-columns';

/** How a change leaves a column of `ticket`. */
const KEEP = 0;
const ASSIGN = 1;
const APPEND = 2;

/** A J-card whose field the tables have. */
export interface FieldChange {
  field: TicketField;
  isAppend: boolean;
  value: string;
}

/** A change as the ticket tables take it. */
export interface RowChange {
  rid: Rid;
  mtime: JulianDay;
  user: string;
  fields: readonly FieldChange[];
}

/** The SQL that replays changes; it is the same for all of them, whatever fields they have. */
export class TicketStatements {
  readonly #db: Database;
  readonly #columns: TicketColumns;
  readonly #inTicket: readonly TicketField[];
  readonly #inChanges: readonly TicketField[];
  readonly #update: string;

  /** @param watched - columns of `ticket` (or of none) whose values {@link update} answers with, as texts */
  constructor(db: Database, columns: TicketColumns, watched: readonly string[]) {
    this.#db = db;
    this.#columns = columns;
    const fields = [...columns.fields.values()];
    this.#inTicket = fields.filter(({ isInTicket }) => isInTicket);
    this.#inChanges = fields.filter(({ isInChanges }) => isInChanges);
    this.#update = this.#updateSql(watched);
  }

  /** @returns the id of a new ticket */
  insert(ticket: string): number {
    return this.#db.prepare('INSERT INTO ticket(tkt_uuid, tkt_mtime) VALUES(?,0)').run(ticket).lastInsertRowid;
  }

  /** @returns the watched columns, named `watched0` and so on, and `mimetype` when the table computes it */
  update(id: number, { rid, mtime, fields }: RowChange): SqlRow | undefined {
    const values: SqlValue[] = this.#columns.hasCreationTime ? [mtime, mtime] : [mtime];
    for (const field of this.#inTicket) {
      const change = fields.findLast((candidate) => candidate.field === field);
      const mode = change === undefined ? KEEP : change.isAppend ? APPEND : ASSIGN;
      values.push(mode, change?.value ?? null, change?.value ?? null);
      if (field.baseline !== undefined) values.push(mode, rid);
    }
    return this.#db.prepare(this.#update).get(...values, id);
  }

  /** @returns `mimetype` when the table computes it */
  insertChange(id: number, { rid, mtime, user, fields }: RowChange): SqlRow | undefined {
    const { hasChangeRid, hasChangeUser, generatesMimetype } = this.#columns;
    const names = ['tkt_id', 'tkt_mtime'];
    const terms = ['?', '?'];
    const values: SqlValue[] = [id, mtime];
    const add = (name: string, term: string, ...bound: SqlValue[]): void => {
      names.push(name);
      terms.push(term);
      values.push(...bound);
    };
    if (hasChangeRid) add('tkt_rid', '?', rid);
    if (hasChangeUser) add('tkt_user', '?', user);
    for (const field of this.#inChanges) {
      const column = quoteName(field.name);
      const change = fields.find((candidate) => candidate.field === field);
      // What the change leaves alone is written down as it is now, where the ticket has it.
      if (field.isInTicket) {
        add(column, `CASE ? WHEN ${KEEP} THEN ${column} ELSE ? END`, change ? ASSIGN : KEEP, change?.value ?? null);
      } else if (change !== undefined || field.changeDefault === undefined) {
        add(column, '?', change?.value ?? null);
      }
    }
    const returning = generatesMimetype.changes ? ' RETURNING mimetype' : '';
    const source = `SELECT ${terms.join(',')} FROM ticket WHERE tkt_id=?${returning}`;
    return this.#db.prepare(`INSERT INTO ticketchng(${names.join(',')}) ${source}`).get(...values, id);
  }

  #updateSql(watched: readonly string[]): string {
    const assignments = ['tkt_mtime=?'];
    if (this.#columns.hasCreationTime) assignments.push('tkt_ctime=coalesce(tkt_ctime,?)');
    for (const field of this.#inTicket) {
      const column = quoteName(field.name);
      assignments.push(
        `${column}=CASE ? WHEN ${KEEP} THEN ${column} WHEN ${ASSIGN} THEN ? ELSE coalesce(${column},'')||? END`,
      );
      if (field.baseline === undefined) continue;
      const baseline = quoteName(field.baseline);
      assignments.push(`${baseline}=CASE ? WHEN ${ASSIGN} THEN ? ELSE ${baseline} END`);
    }
    const results = watched.map((column, index) => `CAST(${quoteName(column)} AS TEXT) AS watched${index}`);
    if (this.#columns.generatesMimetype.ticket) results.push('mimetype');
    const returning = results.length === 0 ? '' : ` RETURNING ${results.join(', ')}`;
    return `UPDATE OR REPLACE ticket SET ${assignments.join(', ')} WHERE tkt_id=?${returning}`;
  }
}
