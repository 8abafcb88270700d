import type { XferRequest } from '../../../../src/engine/xfer/server';
import type { CardRow } from '../../../support/card-row';

/** What a server gets. */
export interface ServerRow extends CardRow {
  /** Messages, as Latin-1, that are all answered alike. */
  says: readonly string[];
  /** Of nobody; default `goiy`. */
  rights?: string;
  /** The message does not begin with the version of the client. */
  isBare?: boolean;
  /** As `cardReply` has it. */
  answer: string | RegExp;
  /** What the trailer counts; default 0. */
  errors?: number;
}

const VERSION = 'pragma client-version 22100 20230226 192424\n';

/** SQL by which the repository becomes what a row begins with. */
export function startOf({ rights = 'goiy', before = '' }: ServerRow): string {
  return `UPDATE user SET cap='${rights}' WHERE login='nobody';${before}`;
}

/** @param says - one of the row's messages */
export function requestOf({ isBare }: ServerRow, says: string): XferRequest {
  const body = Buffer.from((isBare === true ? '' : VERSION) + says, 'latin1');
  return { contentType: 'application/x-fossil-debug', body, origin: { url: 'http://localhost' } };
}
