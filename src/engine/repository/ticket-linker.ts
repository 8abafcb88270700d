import { parseArtifact } from '../artifact/parse';
import type { TicketChange } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { Rid } from '../identifiers';
import { TICKET_SOURCE } from './backlinks';
import type { Repository } from './repository';
import { setTag, tagId } from './tags';
import { type TicketColumns, ticketColumns } from './ticket-columns';
import { TicketEvents } from './ticket-event';
import { TicketReplay } from './ticket-replay';
import { TicketStatements } from './ticket-statements';

/** Characters of field values that are kept until the end of a session, so that its changes are not read back. */
const KEPT_CHARACTERS = 16_000_000;
const FEWEST_ID_DIGITS = 20;

/** What all tickets of a session have in common. */
interface Replaying {
  columns: TicketColumns;
  events: TicketEvents;
  statements: TicketStatements;
}

/** Derives `ticket`, `ticketchng`, their tags, events and backlinks in a crosslink session (fossil.md 5.6, Ticket). */
export class TicketLinker {
  readonly #repository: Repository;
  readonly #touched = new Set<string>();
  readonly #kept = new Map<Rid, TicketChange>();
  #keptCharacters = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Tags the change; its ticket is rebuilt by {@link end}. */
  link(rid: Rid, change: TicketChange): void {
    setTag(this.#repository, {
      name: `tkt-${change.ticket}`,
      type: 1,
      value: null,
      source: rid,
      mtime: toJulianDay(change.date),
      target: rid,
    });
    this.#touched.add(change.ticket);
    this.#keep(rid, change);
  }

  /** Replays all changes of every ticket that was touched. */
  end(): void {
    if (this.#touched.size === 0) return;
    const columns = ticketColumns(this.#repository.db);
    if (columns.hasTicket) {
      const events = new TicketEvents(this.#repository);
      const statements = new TicketStatements(this.#repository.db, columns, events.watched);
      for (const ticket of [...this.#touched].sort()) this.#rebuild(ticket, { columns, events, statements });
    }
    this.#touched.clear();
    this.#kept.clear();
    this.#keptCharacters = 0;
  }

  /** Replays every ticket of the repository; its tables have been made anew. */
  rebuildAll(): void {
    const tags = this.#repository.db
      .prepare("SELECT substr(tagname,5) AS ticket FROM tag WHERE tagname GLOB 'tkt-*'")
      .all<{ ticket: string }>();
    for (const { ticket } of tags) {
      if (ticket.length >= FEWEST_ID_DIGITS && /^[0-9a-f]+$/i.test(ticket)) this.#touched.add(ticket);
    }
    this.end();
  }

  #rebuild(ticket: string, { columns, events, statements }: Replaying): void {
    const { db } = this.#repository;
    const tag = tagId(this.#repository, `tkt-${ticket}`);
    const known = db.prepare('SELECT tkt_id AS id FROM ticket WHERE tkt_uuid=?').get<{ id: number }>(ticket);
    if (known !== undefined) {
      if (columns.hasChanges) db.prepare('DELETE FROM ticketchng WHERE tkt_id=?').run(known.id);
      db.prepare('DELETE FROM ticket WHERE tkt_id=?').run(known.id);
    }
    db.prepare('DELETE FROM backlink WHERE srctype=? AND srcid IN (SELECT rid FROM tagxref WHERE tagid=?)').run(
      TICKET_SOURCE,
      tag,
    );
    const replay = new TicketReplay(this.#repository, columns, statements);
    const rows = db.prepare('SELECT rid FROM tagxref WHERE tagid=? ORDER BY mtime, rowid').all<{ rid: Rid }>(tag);
    rows.forEach(({ rid }, index) => {
      const change = this.#change(rid);
      if (change === undefined) return;
      const state = replay.apply(rid, change);
      events.record(rid, change, { state, isFirst: index === 0, tag });
    });
    replay.finish();
  }

  /** @returns undefined when what bears the ticket's tag is no change of a ticket: anyone may tag anything */
  #change(rid: Rid): TicketChange | undefined {
    const kept = this.#kept.get(rid);
    if (kept !== undefined) return kept;
    const { blobs, environment } = this.#repository;
    if (!blobs.isReadable(rid)) return undefined;
    const artifact = parseArtifact(blobs.content(rid), environment.hash);
    return artifact?.type === 'ticket' ? artifact : undefined;
  }

  #keep(rid: Rid, change: TicketChange): void {
    const characters = change.fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
    if (this.#keptCharacters + characters > KEPT_CHARACTERS) return;
    this.#keptCharacters += characters;
    this.#kept.set(rid, change);
  }
}
