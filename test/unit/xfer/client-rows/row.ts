import type { ErrorCode } from '../../../../src/engine/errors';
import type { CardRow } from '../../../support/card-row';

/** What a client gets in reply to its first message; what follows says nothing. */
export interface ClientRow extends CardRow {
  /** What the client is about; `clone` begins with an empty repository. */
  during: 'pull' | 'push' | 'sync' | 'clone' | 'unversioned' | 'configuration' | 'lock' | 'links' | 'peek';
  /** Replies, as Latin-1, that all have the same effect; their trailer is added. */
  says: readonly string[];
  /** The reply to the second message, if it says something. */
  then?: string;
  /** Also exchanges what is private. */
  withPrivate?: boolean;
  /** How it ends; absent: well. */
  ends?: ErrorCode;
  /** What it tells the user, or whoever called it. */
  tells?: RegExp;
  /** What its second message says, names as labels; absent: there is none, or it does not matter. */
  goesOn?: RegExp;
  /** There is no second message. */
  isOver?: boolean;
}
