import type { TicketChange } from '../artifact/types';
import type { Rid } from '../identifiers';
import type { Repository } from './repository';

/** Derives `ticket`, `ticketchng`, their tags and events in a crosslink session (fossil.md 5.6, Ticket). */
export declare class TicketLinker {
  constructor(repository: Repository);
  /** Tags the change; its ticket is rebuilt by {@link end}. */
  link(rid: Rid, change: TicketChange): void;
  /** Replays all changes of every ticket that was touched. */
  end(): void;
}
