import { EngineError } from '../errors';
import type { Card } from './card';
import { serverText } from './server-text';

const LONGEST = 80;
/** What only clients say. */
const FOR_SERVERS: ReadonlySet<Card['kind']> = new Set(['login', 'pull', 'push', 'clone', 'uvgimme', 'reqconfig']);

/** @throws EngineError `protocol` for {@link strangeCard} */
export function refuseStrange(card: Card): void {
  const strange = strangeCard(card);
  if (strange !== undefined)
    throw new EngineError('protocol', `The server sent a line that is no part of Fossil's protocol: ${strange}`);
}

/** @returns what a server sent that is no part of the protocol, or that only clients say, fit to be shown; undefined: nothing of the kind */
export function strangeCard(card: Card): string | undefined {
  if (card.kind === 'unknown') return serverText(card.line, LONGEST);
  return FOR_SERVERS.has(card.kind) ? card.kind : undefined;
}
