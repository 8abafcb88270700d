import type { TicketChange } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import { hasCode } from '../errors';
import type { JulianDay, Rid } from '../identifiers';
import { quoteName } from '../platform/sql-text';
import type { SqlValue } from '../platform/sqlite';
import { addBacklinks, type LinkingText } from './backlinks';
import type { Repository } from './repository';
import type { TicketColumns, TicketField } from './ticket-columns';

/** How a change leaves a column of `ticket`. */
const KEEP = 0;
const ASSIGN = 1;
const APPEND = 2;

/** A J-card whose field the tables have. */
interface Card {
  field: TicketField;
  isAppend: boolean;
  value: string;
}

/** Of the texts that a change brings; undefined is Fossil wiki. */
interface Mimetypes {
  ticket: string | undefined;
  changes: string | undefined;
}

/** Replays the changes of one ticket into rows of its own (fossil.md 5.6, Ticket). */
export class TicketReplay {
  readonly #repository: Repository;
  readonly #columns: TicketColumns;
  #id: number | undefined;
  /** The texts that made up the present value of each field that only `ticket` has. */
  readonly #texts = new Map<TicketField, LinkingText[]>();

  constructor(repository: Repository, columns: TicketColumns) {
    this.#repository = repository;
    this.#columns = columns;
  }

  /** Applies a change; those before it have been applied. */
  apply(rid: Rid, change: TicketChange): void {
    const mtime = toJulianDay(change.date);
    const cards = change.fields.flatMap(({ name, isAppend, value }): Card[] => {
      const field = this.#columns.fields.get(name);
      return field === undefined ? [] : [{ field, isAppend, value: upToNul(value) }];
    });
    const given = cards.findLast(({ field }) => field.name === 'mimetype')?.value;
    const mimetypes: Mimetypes = { ticket: given, changes: given };
    unlessRefused(() => {
      this.#id ??= this.#insertTicket(change);
      this.#updateTicket(this.#id, { rid, mtime, cards, mimetypes });
      this.#insertChange(this.#id, { rid, mtime, cards, mimetypes, user: change.user });
    });
    for (const { field, isAppend, value } of cards) {
      const text = (mimetype: string | undefined): LinkingText => ({
        kind: 'ticket',
        source: rid,
        mtime,
        text: value,
        ...(mimetype === undefined ? {} : { mimetype }),
      });
      if (field.isInChanges) addBacklinks(this.#repository, text(mimetypes.changes));
      else this.#keepText(field, isAppend, text(mimetypes.ticket));
    }
  }

  /** Records the hyperlinks of what the ticket's fields hold now. */
  finish(): void {
    for (const texts of this.#texts.values()) for (const text of texts) addBacklinks(this.#repository, text);
  }

  #keepText(field: TicketField, isAppend: boolean, text: LinkingText): void {
    const former = isAppend ? (this.#texts.get(field) ?? []) : [];
    former.push(text);
    this.#texts.set(field, former);
  }

  #insertTicket({ ticket }: TicketChange): number {
    return this.#repository.db.prepare('INSERT INTO ticket(tkt_uuid, tkt_mtime) VALUES(?,0)').run(ticket)
      .lastInsertRowid;
  }

  /** One statement for all changes: each column is kept, assigned or appended to. */
  #updateTicket(
    id: number,
    change: { rid: Rid; mtime: JulianDay; cards: readonly Card[]; mimetypes: Mimetypes },
  ): void {
    const { hasCreationTime, generatesMimetype } = this.#columns;
    const assignments = ['tkt_mtime=?'];
    const values: SqlValue[] = [change.mtime];
    if (hasCreationTime) {
      assignments.push('tkt_ctime=coalesce(tkt_ctime,?)');
      values.push(change.mtime);
    }
    for (const field of this.#columns.fields.values()) {
      if (!field.isInTicket) continue;
      const card = change.cards.findLast((candidate) => candidate.field === field);
      const mode = card === undefined ? KEEP : card.isAppend ? APPEND : ASSIGN;
      const column = quoteName(field.name);
      assignments.push(
        `${column}=CASE ? WHEN ${KEEP} THEN ${column} WHEN ${ASSIGN} THEN ? ELSE coalesce(${column},'')||? END`,
      );
      values.push(mode, card?.value ?? null, card?.value ?? null);
      if (field.baseline !== undefined) {
        const baseline = quoteName(field.baseline);
        assignments.push(`${baseline}=CASE ? WHEN ${ASSIGN} THEN ? ELSE ${baseline} END`);
        values.push(mode, change.rid);
      }
    }
    const returning = generatesMimetype.ticket ? ' RETURNING mimetype' : '';
    const sql = `UPDATE OR REPLACE ticket SET ${assignments.join(', ')} WHERE tkt_id=?${returning}`;
    const statement = this.#repository.db.prepare(sql);
    if (!generatesMimetype.ticket) {
      statement.run(...values, id);
      return;
    }
    change.mimetypes.ticket = generated(statement.get<{ mimetype: SqlValue }>(...values, id));
    if (!generatesMimetype.changes) change.mimetypes.changes = change.mimetypes.ticket;
  }

  /** A field that `ticket` has too is written down as it is now when the change leaves it alone. */
  #insertChange(
    id: number,
    change: { rid: Rid; mtime: JulianDay; user: string; cards: readonly Card[]; mimetypes: Mimetypes },
  ): void {
    const { hasChangeRid, hasChangeUser, generatesMimetype } = this.#columns;
    if (!hasChangeRid && !hasChangeUser && !change.cards.some(({ field }) => field.isInChanges)) return;
    const names = ['tkt_id', 'tkt_mtime'];
    const terms = ['?', '?'];
    const values: SqlValue[] = [id, change.mtime];
    const add = (name: string, term: string, ...bound: SqlValue[]): void => {
      names.push(name);
      terms.push(term);
      values.push(...bound);
    };
    if (hasChangeRid) add('tkt_rid', '?', change.rid);
    if (hasChangeUser) add('tkt_user', '?', change.user);
    for (const field of this.#columns.fields.values()) {
      if (!field.isInChanges) continue;
      const column = quoteName(field.name);
      const card = change.cards.find((candidate) => candidate.field === field);
      if (field.isInTicket)
        add(column, `CASE ? WHEN ${KEEP} THEN ${column} ELSE ? END`, card ? ASSIGN : KEEP, card?.value ?? null);
      else if (card !== undefined || field.changeDefault === undefined) add(column, '?', card?.value ?? null);
    }
    const returning = generatesMimetype.changes ? ' RETURNING mimetype' : '';
    const sql = `INSERT INTO ticketchng(${names.join(',')}) SELECT ${terms.join(',')} FROM ticket WHERE tkt_id=?${returning}`;
    const statement = this.#repository.db.prepare(sql);
    if (!generatesMimetype.changes) {
      statement.run(...values, id);
      return;
    }
    const { mimetypes } = change;
    mimetypes.changes = generated(statement.get<{ mimetype: SqlValue }>(...values, id));
    if (!generatesMimetype.ticket) mimetypes.ticket = mimetypes.changes;
    else if (mimetypes.changes === undefined) mimetypes.changes = mimetypes.ticket;
    else mimetypes.ticket ??= mimetypes.changes;
  }
}

function generated(row: { mimetype: SqlValue } | undefined): string | undefined {
  return typeof row?.mimetype === 'string' ? row.mimetype : undefined;
}

/**
 * A change that the project's own tables refuse, by a CHECK for example, is left out of them. (Fossil then stops, and with it every
 * sync and rebuild of such a project.)
 */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!hasCode(error, 'internal')) throw error;
  }
}

function upToNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
