import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { MessageWriter } from './message-writer';
import type { Permissions } from './server-login';

/** What the parts of a server's answer share. */
export interface ServerContext {
  readonly repository: Repository;
  readonly reply: MessageWriter;
  readonly permissions: Permissions;
  readonly isReadOnly: boolean;
  /** A `pull` was accepted earlier in the message. */
  readonly isPulling: boolean;
  /** A `push` was accepted earlier in the message. */
  readonly isPushing: boolean;
  /** @returns whether the reply has reached its soft size or time: names only from here on */
  isFull(): boolean;
  /** Wipes what was written, says why, and reads no further (fossil.md 4). */
  refuse(text: string): never;
}

/** One concern of the server besides artifacts: unversioned files, check-in locks, how far a client has seen. */
export interface ServerPart {
  /** @returns whether answering this card writes to the repository: the message is then answered in one transaction */
  writes(card: Card): boolean;
  /** @returns whether the card was this part's */
  take(card: Card, context: ServerContext): boolean;
  /** After the last card, before the reply's trailer. */
  finish(context: ServerContext): void;
}
