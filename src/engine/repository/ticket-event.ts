import type { TicketChange } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import type { Database } from '../platform/sqlite';
import { quoteName } from '../platform/sql-text';
import { escapeHtml, hashDigits, type HashDigits } from './event-text';
import type { Repository } from './repository';
import { setting } from './settings';

/** Puts the changes of tickets on the timeline (`event`, type t), in Fossil's words. */
export class TicketEvents {
  readonly #db: Database;
  readonly #digits: HashDigits;
  readonly #titleColumn: string;
  readonly #statusColumn: string;
  readonly #columns: ReadonlySet<string>;

  constructor(repository: Repository) {
    this.#db = repository.db;
    this.#digits = hashDigits(repository.config);
    this.#titleColumn = setting(repository, 'ticket-title-expr') ?? 'title';
    this.#statusColumn = setting(repository, 'ticket-status-column') ?? 'status';
    const columns = this.#db
      .prepare("SELECT lower(name) AS name FROM pragma_table_xinfo('ticket')")
      .all<{ name: string }>();
    this.#columns = new Set(columns.map(({ name }) => name));
  }

  /**
   * Writes the event of a change, when `ticket` is at the state that the change has led to.
   *
   * @param tag - id of the ticket's tag
   */
  record(rid: Rid, change: TicketChange, { isFirst, tag }: { isFirst: boolean; tag: number }): void {
    const { comment, brief } = isFirst ? this.#creation(change) : this.#change(change);
    const mtime = toJulianDay(change.date);
    const known = this.#db.prepare("SELECT 1 FROM event WHERE type='t' AND objid=?").get(rid);
    if (known === undefined) {
      this.#db
        .prepare("REPLACE INTO event(type,tagid,mtime,objid,user,comment,brief) VALUES('t',?,?,?,?,?,?)")
        .run(tag, mtime, rid, change.user, comment, brief);
    } else {
      this.#db
        .prepare('UPDATE event SET tagid=?, mtime=?, user=?, comment=?, brief=? WHERE objid=?')
        .run(tag, mtime, change.user, comment, brief, rid);
    }
  }

  #creation(change: TicketChange): { comment: string; brief: string } {
    const link = this.#link(change);
    return { comment: `New ticket ${link} <i>${this.#title(change)}</i>.`, brief: `New ticket ${link}.` };
  }

  #change(change: TicketChange): { comment: string; brief: string } {
    const link = this.#link(change);
    const title = this.#title(change);
    const count = change.fields.length;
    const status = change.fields.find(({ name, isAppend }) => !isAppend && name === this.#statusColumn);
    if (status === undefined) {
      const current = escapeHtml(this.#value(change, this.#statusColumn));
      return {
        comment: `Ticket ${link} <i>${title}</i> status still ${current} with ${count} other change${plural(count)}`,
        brief: `Ticket ${link}: ${count} change${plural(count)}`,
      };
    }
    const value = escapeHtml(upToNul(status.value));
    const others = count > 1 ? ` plus ${count - 1} other change${plural(count - 1)}` : '';
    return { comment: `${value} ticket ${link}: <i>${title}</i>${others}`, brief: `${value} ticket ${link}.` };
  }

  #link({ ticket }: TicketChange): string {
    return `[${ticket.slice(0, this.#digits.linked)}|${ticket.slice(0, this.#digits.shown)}]`;
  }

  #title(change: TicketChange): string {
    return escapeHtml(this.#value(change, this.#titleColumn));
  }

  #value({ ticket }: TicketChange, column: string): string {
    if (!this.#columns.has(column.toLowerCase())) return 'unknown';
    const row = this.#db
      .prepare(`SELECT CAST(${quoteName(column)} AS TEXT) AS value FROM ticket WHERE tkt_uuid=?`)
      .get<{ value: string | null }>(ticket);
    return row === undefined ? 'unknown' : upToNul(row.value ?? '');
  }
}

function plural(count: number): string {
  return count === 1 ? '' : 's';
}

function upToNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
