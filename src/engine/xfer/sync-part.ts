import type { Card } from './card';
import type { MessageWriter } from './message-writer';

/** One message of a sync and its reply. */
export interface SyncRound {
  /** 1 is the first; a message that the server refused for its push is composed anew, without the push, under its old number. */
  number: number;
  isPulling: boolean;
  isPushing: boolean;
  /** Soft size of the message in bytes: whoever adds payloads stops once `message.size` has reached it. */
  maxBytes: number;
}

/** Payloads that are still to travel one way. */
export interface PayloadsAhead {
  /** Bytes, uncompressed. */
  plain: number;
  /** The same on the wire: the likeliest number, and by how many it may be wrong. */
  wire: number;
  deviation: number;
}

/** How far a part is; counts and bytes of payload, each way together. */
export interface PartProgress {
  artifacts: { done: number; total: number };
  bytes: { done: number; total: number };
  /** Absent until the other side has told what it has. */
  ahead?: { outgoing: PayloadsAhead; incoming: PayloadsAhead };
}

/**
 * One concern of a sync besides artifacts: unversioned files, the check-in lock, configuration, how far the server's content has been
 * seen. It adds its cards to each message and takes its own from the reply.
 */
export interface SyncPart {
  /** Adds cards behind those of the artifacts. May read the repository. */
  compose(message: MessageWriter, round: SyncRound): void;
  /**
   * Hears the cards that are not about artifacts while the reply streams, until a part takes them; must not touch the repository.
   * @returns whether the card was this part's
   */
  take(card: Card): boolean;
  /**
   * After each reply, when its artifacts are stored.
   * @returns whether another round is wanted
   */
  digest(round: SyncRound): boolean | Promise<boolean>;
  /** For a part that moves payloads: whether the reply has brought any that were asked for. They may have taken the room of artifacts. */
  readonly hasBrought?: boolean;
  /** For a part that moves payloads: what has crossed, and what is known to cross. */
  progress?(): PartProgress;
}
