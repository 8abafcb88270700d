import { createHash } from 'node:crypto';
import { EngineError } from '../../src/engine/errors';
import { CardParser } from '../../src/engine/xfer/card-parser';
import type { Seeded } from '../support/seeded';

const SPECIAL = [
  ...[
    '0',
    '1',
    '-1',
    '4',
    '5',
    '2147483647',
    '2147483648',
    '99999999999999999999',
    '',
    'x',
    '-',
    '\\s',
    '%',
    '\xff',
    '\0',
  ],
  ...['a'.repeat(40), 'b'.repeat(64), 'A'.repeat(64), 'y'.repeat(2000)],
];
const LINES = [
  ...[
    'private',
    'clone',
    'clone 3 1',
    'clone 2 2',
    'clone_seqno 0',
    'clone_seqno 5',
    'cookie x',
    '',
    '# x',
    'bogus',
    '<html>',
  ],
  ...['pragma send-private', 'pragma send-catalog', 'pragma req-clusters', 'pragma uv-hash x', 'pragma uv-push-ok'],
  ...[
    'reqconfig /all',
    'error no',
    'message pull\\sonly\\s-',
    'uvgimme server.txt',
    'uvigot more.txt 5 - 0',
    'login nobody x y',
  ],
];

/** A message that has gone through a hostile hand. @param others - messages that cards may be taken from */
export function mutatedMessage(seeded: Seeded, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let result = message;
  for (let count = 1 + seeded.below(3); count > 0; count--) result = mutatedOnce(seeded, result, others);
  return result;
}

function mutatedOnce(seeded: Seeded, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const cards = cardsOf(message);
  const at = seeded.below(cards.length + 1);
  switch (seeded.below(9)) {
    case 0:
      return seeded.mutated(message, 1);
    case 1:
      return joined([...cards.slice(0, at), ...cards.slice(at + 1)]);
    case 2:
      return joined([...cards.slice(0, at), ...cards.slice(at, at + 1), ...cards.slice(at)]);
    case 3:
      return joined([...cards.slice(at), ...cards.slice(0, at)]);
    case 4: {
      const foreign = cardsOf(seeded.pick(others));
      return joined([...cards.slice(0, at), seeded.pick([...foreign, new Uint8Array(0)]), ...cards.slice(at)]);
    }
    case 5:
      return joined([...cards.slice(0, at), Buffer.from(`${seeded.pick(LINES)}\n`, 'latin1'), ...cards.slice(at)]);
    case 6:
      return joined(cards.map((card, index) => (index === at ? forged(seeded, card) : card)));
    case 7:
      return message.subarray(0, seeded.below(message.length + 1));
    default:
      return joined(cards.map((card, index) => (index === at ? withOtherToken(seeded, card) : card)));
  }
}

/** An artifact with other content under the content's own name: it passes the first gate. */
function forged(seeded: Seeded, card: Uint8Array): Uint8Array {
  const end = card.indexOf(0x0a);
  if (!/^file [0-9a-f]+ \d+\n/.test(Buffer.from(card.subarray(0, 120)).toString('latin1'))) return card;
  const content = seeded.mutated(card.subarray(end + 1), 1 + seeded.below(2));
  const name = createHash(seeded.pick(['sha1', 'sha3-256']))
    .update(content)
    .digest('hex');
  return joined([Buffer.from(`file ${name} ${content.length}\n`), content]);
}

function withOtherToken(seeded: Seeded, card: Uint8Array): Uint8Array {
  const end = card.indexOf(0x0a);
  const line = Buffer.from(card.subarray(0, end < 0 ? card.length : end)).toString('latin1');
  const tokens = line.split(' ');
  tokens[seeded.below(tokens.length + 1)] = seeded.pick(SPECIAL);
  return joined([Buffer.from(tokens.join(' '), 'latin1'), end < 0 ? new Uint8Array(0) : card.subarray(end)]);
}

/** The bytes of each card; what cannot be read is the last. */
function cardsOf(message: Uint8Array): Uint8Array[] {
  const parser = new CardParser({ payloadLimit: message.length });
  const cards: Uint8Array[] = [];
  let begin = 0;
  parser.push(message);
  try {
    while (parser.next() !== undefined) {
      cards.push(message.subarray(begin, parser.position));
      begin = parser.position;
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
  if (begin < message.length) cards.push(message.subarray(begin));
  return cards;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
