import type { TicketChange } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import type { Database, SqlRow } from '../platform/sqlite';
import { escapeHtml, hashDigits, type HashDigits } from './event-text';
import type { Repository } from './repository';
import { setting } from './settings';
import { upToNul } from './up-to-nul';

/** Where Fossil finds no title or status. */
const UNKNOWN = 'unknown';

/** Puts the changes of tickets on the timeline (`event`, type t), in Fossil's words. */
export class TicketEvents {
  /** Columns of `ticket` whose values {@link record} gets. */
  readonly watched: readonly string[];
  readonly #db: Database;
  readonly #digits: HashDigits;
  readonly #titleColumn: string;
  readonly #statusColumn: string;

  constructor(repository: Repository) {
    this.#db = repository.db;
    this.#digits = hashDigits(repository);
    this.#titleColumn = setting(repository, 'ticket-title-expr') ?? 'title';
    this.#statusColumn = setting(repository, 'ticket-status-column') ?? 'status';
    const isColumn = this.#db.prepare("SELECT 1 FROM pragma_table_xinfo('ticket') WHERE lower(name)=lower(?)");
    this.watched = [this.#titleColumn, this.#statusColumn].filter((name) => isColumn.get(name) !== undefined);
  }

  /**
   * Writes the event of a change.
   *
   * @param state - what the change has led to: each watched column as `watched0` and so on; undefined when there is no such ticket
   * @param tag - id of the ticket's tag
   */
  record(
    rid: Rid,
    change: TicketChange,
    { state, isFirst, tag }: { state: SqlRow | undefined; isFirst: boolean; tag: number },
  ): void {
    const { comment, brief } = isFirst ? this.#creation(change, state) : this.#change(change, state);
    // What overrides an event that is there already stays, as Fossil leaves it.
    this.#db
      .prepare(
        `INSERT INTO event(type,tagid,mtime,objid,user,comment,brief) VALUES('t',?,?,?,?,?,?)
           ON CONFLICT(objid) DO UPDATE SET type='t', tagid=excluded.tagid, mtime=excluded.mtime, user=excluded.user,
             comment=excluded.comment, brief=excluded.brief`,
      )
      .run(tag, toJulianDay(change.date), rid, change.user, comment, brief);
  }

  #creation(change: TicketChange, state: SqlRow | undefined): { comment: string; brief: string } {
    const link = this.#link(change);
    const title = escapeHtml(this.#value(this.#titleColumn, state));
    return { comment: `New ticket ${link} <i>${title}</i>.`, brief: `New ticket ${link}.` };
  }

  #change(change: TicketChange, state: SqlRow | undefined): { comment: string; brief: string } {
    const link = this.#link(change);
    const title = escapeHtml(this.#value(this.#titleColumn, state));
    const count = change.fields.length;
    const status = change.fields.find(({ name, isAppend }) => !isAppend && name === this.#statusColumn);
    if (status === undefined) {
      const current = escapeHtml(this.#value(this.#statusColumn, state));
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

  #value(column: string, state: SqlRow | undefined): string {
    const index = this.watched.indexOf(column);
    if (index === -1 || state === undefined) return UNKNOWN;
    const value = state[`watched${index}`];
    return typeof value === 'string' ? upToNul(value) : '';
  }
}

function plural(count: number): string {
  return count === 1 ? '' : 's';
}
