import type { EngineError } from '../errors';
import type { CardCounts } from './card-tally';

/** What an exchange is about. The same object stands in all events of one session, so that identity tells sessions apart. */
export interface SessionFacts {
  /** `parts`: no artifacts, such as unversioned files alone. */
  readonly operation: 'clone' | 'sync' | 'pull' | 'push' | 'peek' | 'parts' | 'configuration';
  /** Without a password. */
  readonly url: string;
  /** Unknown when a clone begins. */
  readonly projectCode?: string;
}

/** A message that a server answers. The same object stands in both of its events. */
export interface RequestFacts {
  readonly contentType: string;
  /** Of the message, out of its container. */
  readonly bytes: number;
  readonly clientAddress?: string;
  /** Of the repository that is served. */
  readonly projectCode?: string;
}

/** One direction of a round trip. */
export interface Traffic {
  /** On the wire, compressed where the message is; of a message to a server, out of its container. */
  readonly bytes: number;
  readonly cards: CardCounts;
}

export interface SessionStarted {
  readonly type: 'session-started';
  readonly session: SessionFacts;
}

export interface RoundStarted {
  readonly type: 'round-started';
  readonly session: SessionFacts;
  /** 1 is the first. */
  readonly round: number;
}

/** The reply has been read; what it brought is stored next. */
export interface RoundCompleted {
  readonly type: 'round-completed';
  readonly session: SessionFacts;
  readonly round: number;
  readonly sent: Traffic;
  readonly received: Traffic;
  readonly milliseconds: number;
}

/** The server answered with an `error` card, or the round broke off. Whether that ends the session, `session-completed` says. */
export interface RoundFailed {
  readonly type: 'error';
  readonly session: SessionFacts;
  readonly round: number;
  /** The server's own words, or the sentence for the user. */
  readonly text: string;
}

export interface SessionCompleted {
  readonly type: 'session-completed';
  readonly session: SessionFacts;
  readonly rounds: number;
  /** On the wire, over all rounds. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly filesSent: number;
  readonly filesReceived: number;
  /** Of all rounds that were completed: unversioned files, for one, are `uvfile` by keyword. */
  readonly sent: CardCounts;
  readonly received: CardCounts;
  /** Texts of all its `error` events. */
  readonly errors: readonly string[];
  readonly milliseconds: number;
  /** A clone has learnt it. */
  readonly projectCode?: string;
  /** Why it ended early; absent: all went well. */
  readonly error?: EngineError;
}

export interface RequestStarted {
  readonly type: 'request-started';
  readonly request: RequestFacts;
}

export interface RequestCompleted {
  readonly type: 'request-completed';
  readonly request: RequestFacts;
  /**
   * As the cards have it. `unversioned` and `configuration` ask for those alone, `login` was refused before anything was asked for, `other` asks
   * for nothing of these.
   */
  readonly operation: 'clone' | 'sync' | 'pull' | 'push' | 'unversioned' | 'configuration' | 'login' | 'other';
  /** HTTP status of the answer. */
  readonly status: number;
  readonly received: Traffic;
  readonly sent: Traffic;
  /** Texts of the `error` cards in the answer. */
  readonly errors: readonly string[];
  readonly milliseconds: number;
}

/** What happens in the protocol: the first five on the client's side, the last two on the server's. */
export type XferEvent =
  SessionStarted | RoundStarted | RoundCompleted | RoundFailed | SessionCompleted | RequestStarted | RequestCompleted;

/** Hears of every event as it happens, synchronously. What it throws ends the exchange as any failure does. */
export type XferListener = (event: XferEvent) => void;
