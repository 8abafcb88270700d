import type { Card } from '../../src/engine/xfer/card';

/** Who receives what: `server` what clients send, `client` what servers send. */
type Receiver = 'server' | 'client' | 'both';

/** Every card of the sync protocol (fossil.md 2.2), and who receives it; forms that mean something else by themselves. */
export const CARDS = {
  login: 'server',
  pull: 'server',
  push: 'both',
  'clone 1': 'server',
  'clone 2': 'server',
  'clone 3': 'server',
  clone_seqno: 'client',
  file: 'both',
  'file of a delta': 'both',
  cfile: 'both',
  'cfile of a delta': 'both',
  private: 'both',
  igot: 'both',
  gimme: 'both',
  uvfile: 'both',
  uvigot: 'client',
  uvgimme: 'server',
  reqconfig: 'server',
  config: 'both',
  cookie: 'both',
  pragma: 'both',
  error: 'client',
  message: 'client',
  '#': 'both',
  // Fossil.md 2.3.
  'pragma client-version': 'server',
  'pragma server-version': 'client',
  'pragma send-private': 'server',
  'pragma send-catalog': 'server',
  'pragma uv-hash': 'server',
  'pragma uv-push-ok': 'client',
  'pragma uv-pull-only': 'client',
  'pragma ci-lock': 'server',
  'pragma ci-lock-fail': 'client',
  'pragma ci-unlock': 'server',
  'pragma avoid-delta-manifests': 'client',
  'pragma req-links': 'server',
  'pragma link': 'client',
  'pragma client-url': 'server',
  'pragma req-clusters': 'server',
  // Fossil.md 2.1: what is no card.
  'a blank line': 'both',
  'an unknown card': 'both',
} as const satisfies Record<string, Receiver>;

export type ChapterCard = keyof typeof CARDS;

/** The cards that the engine tells apart, as the chapter has them. */
export const CARD_OF_KIND = {
  login: 'login',
  pull: 'pull',
  push: 'push',
  clone: 'clone 3',
  'clone-sequence': 'clone_seqno',
  file: 'file',
  cfile: 'cfile',
  private: 'private',
  igot: 'igot',
  gimme: 'gimme',
  uvfile: 'uvfile',
  uvigot: 'uvigot',
  uvgimme: 'uvgimme',
  reqconfig: 'reqconfig',
  config: 'config',
  cookie: 'cookie',
  pragma: 'pragma',
  error: 'error',
  message: 'message',
  comment: '#',
  blank: 'a blank line',
  unknown: 'an unknown card',
} as const satisfies Record<Card['kind'], ChapterCard>;

/** @returns whether a side is to receive a card; else it is out of place there */
export function isFor(card: ChapterCard, side: 'server' | 'client'): boolean {
  return CARDS[card] === 'both' || CARDS[card] === side;
}
