import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { MessageWriter } from './message-writer';
import type { Permissions } from './server-login';
import type { RequestOrigin } from './server-options';
import type { Steps } from './turns';
import type { VerifiedContents } from './verified-contents';

/** What the parts of a server's answer share. */
export interface ServerContext {
  readonly repository: Repository;
  readonly reply: MessageWriter;
  readonly permissions: Permissions;
  readonly origin: RequestOrigin;
  readonly isReadOnly: boolean;
  /** A `pull` was accepted earlier in the message. */
  readonly isPulling: boolean;
  /** A `push` was accepted earlier in the message. */
  readonly isPushing: boolean;
  /** A `clone` of protocol 1 was accepted: it goes on as a pull. */
  readonly isCloningByName: boolean;
  /** `pragma send-private` was accepted. */
  readonly sharesPrivate: boolean;
  /** The client's Fossil knows SHA3 names: it has said that it is 2.0 or younger (fossil.md 2.3). */
  readonly takesSha3: boolean;
  /** Date of the client's Fossil, such as 20230226; 0 until it has said. */
  readonly clientDate: number;
  /** The client has said so by a pragma of ours. */
  isOwnClient: boolean;
  /** Artifacts that the client has for sure: they are neither sent nor announced. */
  readonly onRemote: Set<Rid>;
  /** Artifacts that the reply holds: no others need be sent, whatever the client says that it has. */
  readonly sent: Set<Rid>;
  /** Artifacts that the client lacks for sure: it is not asked for them. */
  readonly notOnRemote: Set<Hash>;
  /** What has been verified of the message before anything of it was stored; then it is stored in several transactions. */
  readonly contents: VerifiedContents | undefined;
  /** Artifacts that nobody can read yet; they are never served. */
  danglingDeltas(): ReadonlySet<Rid>;
  /** To be called when artifacts were stored. */
  forgetDanglingDeltas(): void;
  /**
   * @param planned - bytes that are to be added besides
   * @returns whether the reply has reached its soft size or time: names only from here on
   */
  isFull(planned?: number): boolean;
  /**
   * @param planned - bytes of content that are to be added besides
   * @returns whether one more content goes into the reply. The first always does: names alone would never bring a client to its end
   */
  takesContent(planned?: number): boolean;
  /** The reply travels without a container: what it holds is compressed already. */
  sendUncompressed(): void;
  /** How often what was written has been wiped: it tells no more of what was asked for before. */
  readonly wipes: number;
  /** To be called between the parts of long work: lets others have their turn when it has taken long enough. */
  pause(): Steps<void>;
  /** Wipes what was written, says why, and reads no further (fossil.md 4). */
  refuse(text: string): never;
}

/** One concern of the server: artifacts that come or go, configuration, unversioned files, check-in locks … */
export interface ServerPart {
  /** @returns whether answering this card writes to the repository: the rest of the message is then one transaction */
  writes?(card: Card, context: ServerContext): boolean;
  /** @returns whether the card was this part's */
  take(card: Card, context: ServerContext): boolean;
  /** Goes on with what a card has begun: no further one is taken before it is done. @returns whether there was something to do */
  proceed?(context: ServerContext): boolean;
  /** Before the end of a transaction, where another one of the same message follows. */
  interrupt?(context: ServerContext): void;
  /** At the beginning of that one. */
  resume?(context: ServerContext): void;
  /** After the last card; in the transaction, where the message writes. */
  finish?(context: ServerContext): void;
  /** After all have finished, before the reply's trailer: what may take long, and writes in transactions of its own at the most. */
  conclude?(context: ServerContext): Steps<void>;
}
