import type { TicketChange } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import { hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { SqlRow } from '../platform/sqlite';
import { addBacklinks, type LinkingText } from './backlinks';
import type { Repository } from './repository';
import type { TicketColumns, TicketField } from './ticket-columns';
import type { FieldChange, RowChange, TicketStatements } from './ticket-statements';
import { upToNul } from './up-to-nul';

/** Of the texts that a change brings; undefined is Fossil wiki. */
interface Mimetypes {
  ticket: string | undefined;
  changes: string | undefined;
}

/** Replays the changes of one ticket into rows of its own (fossil.md 5.6, Ticket). */
export class TicketReplay {
  readonly #repository: Repository;
  readonly #columns: TicketColumns;
  readonly #statements: TicketStatements;
  #id: number | undefined;
  #row: SqlRow | undefined;
  /** The texts that made up the present value of each field that only `ticket` has. */
  readonly #texts = new Map<TicketField, LinkingText[]>();

  constructor(repository: Repository, columns: TicketColumns, statements: TicketStatements) {
    this.#repository = repository;
    this.#columns = columns;
    this.#statements = statements;
  }

  /**
   * Applies a change; those before it have been applied.
   *
   * @returns the watched columns of the ticket, as {@link TicketStatements.update} has them
   */
  apply(rid: Rid, change: TicketChange): SqlRow | undefined {
    const fields = change.fields.flatMap(({ name, isAppend, value }): FieldChange[] => {
      const field = this.#columns.fields.get(name);
      return field === undefined ? [] : [{ field, isAppend, value: upToNul(value) }];
    });
    const row: RowChange = { rid, mtime: toJulianDay(change.date), user: change.user, fields };
    const given = fields.findLast(({ field }) => field.name === 'mimetype')?.value;
    const mimetypes: Mimetypes = { ticket: given, changes: given };
    unlessRefused(() => this.#write(change.ticket, row, mimetypes));
    for (const { field, isAppend, value } of fields) {
      if (field.isInChanges) addBacklinks(this.#repository, linkingText(row, value, mimetypes.changes));
      else this.#keepText(field, isAppend, linkingText(row, value, mimetypes.ticket));
    }
    return this.#row;
  }

  /** Records the hyperlinks of what the ticket's fields hold now. */
  finish(): void {
    for (const texts of this.#texts.values()) for (const text of texts) addBacklinks(this.#repository, text);
  }

  #write(ticket: string, row: RowChange, mimetypes: Mimetypes): void {
    const { hasChangeRid, hasChangeUser, generatesMimetype } = this.#columns;
    this.#id ??= this.#statements.insert(ticket);
    this.#row = this.#statements.update(this.#id, row);
    if (generatesMimetype.ticket) {
      mimetypes.ticket = generated(this.#row);
      if (!generatesMimetype.changes) mimetypes.changes = mimetypes.ticket;
    }
    if (!hasChangeRid && !hasChangeUser && !row.fields.some(({ field }) => field.isInChanges)) return;
    const inserted = this.#statements.insertChange(this.#id, row);
    if (!generatesMimetype.changes) return;
    mimetypes.changes = generated(inserted);
    if (!generatesMimetype.ticket) mimetypes.ticket = mimetypes.changes;
    else if (mimetypes.changes === undefined) mimetypes.changes = mimetypes.ticket;
    else mimetypes.ticket ??= mimetypes.changes;
  }

  #keepText(field: TicketField, isAppend: boolean, text: LinkingText): void {
    const former = isAppend ? (this.#texts.get(field) ?? []) : [];
    former.push(text);
    this.#texts.set(field, former);
  }
}

function linkingText({ rid, mtime }: RowChange, text: string, mimetype: string | undefined): LinkingText {
  return { kind: 'ticket', source: rid, mtime, text, ...(mimetype === undefined ? {} : { mimetype }) };
}

function generated(row: SqlRow | undefined): string | undefined {
  const mimetype = row?.['mimetype'];
  return typeof mimetype === 'string' ? mimetype : undefined;
}

/**
 * A change that the project's own tables refuse, by a CHECK for example, is left out of them. (Fossil then stops, and with it every
 * sync and rebuild of such a project.)
 */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!hasCode(error, 'internal', 'artifact-too-large')) throw error;
  }
}
