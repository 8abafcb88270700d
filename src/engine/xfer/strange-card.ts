import type { Card } from './card';
import { serverText } from './server-text';

const LONGEST = 80;
/** What only clients say. */
const FOR_SERVERS: ReadonlySet<Card['kind']> = new Set(['login', 'pull', 'push', 'clone', 'uvgimme', 'reqconfig']);

/** @returns what a server sent that is no part of the protocol, or that only clients say, fit to be shown; undefined: nothing of the kind */
export function strangeCard(card: Card): string | undefined {
  if (card.kind === 'unknown') return serverText(card.line, LONGEST);
  return FOR_SERVERS.has(card.kind) ? card.kind : undefined;
}
