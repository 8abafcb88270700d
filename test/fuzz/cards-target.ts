import assert from 'node:assert/strict';
import { CardParser } from '../../src/engine/xfer/card-parser';
import type { Card } from '../../src/engine/xfer/card';
import type { Seeded } from '../support/seeded';
import { type FuzzTarget, unlessRefused } from './fuzz-target';

const LIMIT = 5000;
const HASH = 'a1'.repeat(20);
const OTHER = 'b2'.repeat(32);
const KEYWORDS = [
  ...[
    'file',
    'cfile',
    'uvfile',
    'uvigot',
    'uvgimme',
    'config',
    'igot',
    'gimme',
    'login',
    'pull',
    'push',
    'clone',
    'clone_seqno',
  ],
  ...['private', 'reqconfig', 'cookie', 'pragma', 'error', 'message', '#', 'nonsense', '<html>'],
];
const TOKENS = [
  HASH,
  OTHER,
  '0',
  '5',
  '17',
  '-1',
  '4999',
  '5001',
  '2147483647',
  '2147483648',
  '99999999999999999999',
  'x',
  '\\s\\',
  '%',
  '/config',
  '\xff',
];

export const cardsTarget: FuzzTarget = {
  name: 'cards',
  bound: 'payloads hold no byte that did not come, none is longer than the limit',
  tryOne(seeded) {
    const message = input(seeded);
    const totalBytes = seeded.below(2) === 0 ? message.length : undefined;
    const whole = unlessRefused(() => read(message, [message.length], totalBytes));
    const cuts = Array.from({ length: seeded.below(6) }, () => seeded.below(message.length + 1)).sort((a, b) => a - b);
    const inPieces = unlessRefused(() => read(message, [...cuts, message.length], totalBytes));
    assert.deepEqual(inPieces, whole, 'what is read depends on how the bytes arrive');
    if (whole === undefined) return false;
    const bytes = whole.reduce((sum, card) => sum + payloadOf(card), 0);
    assert.ok(bytes <= message.length, `${bytes} bytes of payload in ${message.length}`);
    for (const card of whole) assert.ok(payloadOf(card) <= LIMIT);
    return whole.length > 0;
  },
};

function payloadOf(card: Card): number {
  if (card.kind === 'cfile') return card.container.length;
  return 'payload' in card ? card.payload.length : 0;
}

/** @param ends - offsets behind the pieces in which the message arrives */
function read(message: Uint8Array, ends: readonly number[], totalBytes: number | undefined): Card[] {
  const parser = new CardParser({ payloadLimit: LIMIT, totalBytes });
  const cards: Card[] = [];
  let steps = 0;
  let begin = 0;
  for (const end of ends) {
    parser.push(message.subarray(begin, end));
    begin = end;
    for (let card = parser.next(); card !== undefined; card = parser.next()) {
      const before = cards.at(-1);
      // Blank lines are told of together, as far as they have come.
      if (card.kind === 'blank' && before?.kind === 'blank')
        cards.splice(-1, 1, { ...card, lines: before.lines + card.lines });
      else cards.push(card);
      // Each card takes at least a byte: more of them is a parser that does not get on.
      assert.ok(++steps <= message.length, 'the parser does not get on');
    }
  }
  const last = parser.end();
  return last === undefined ? cards : [...cards, last];
}

function input(seeded: Seeded): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let count = seeded.below(8); count > 0; count--) pieces.push(card(seeded));
  const message = Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)));
  return seeded.below(4) === 0 ? seeded.mutated(message, 1 + seeded.below(3)) : message;
}

function card(seeded: Seeded): Uint8Array {
  const payload = seeded.bytes(seeded.below(40));
  // One byte more or less than told is what goes wrong in the wild.
  const size = payload.length + (seeded.below(10) === 0 ? seeded.below(3) - 1 : 0);
  const line = (text: string, ...after: Uint8Array[]): Uint8Array =>
    Buffer.concat([Buffer.from(`${text}\n`, 'latin1'), ...after]);
  switch (seeded.below(8)) {
    case 0:
      return line(`file ${HASH} ${size}`, payload);
    case 1:
      return line(`file ${HASH} ${OTHER} ${size}`, payload);
    case 2:
      return line(`cfile ${HASH} 100 ${size}`, payload);
    case 3:
      return line(`config /config ${size}`, payload, Buffer.from('\n'));
    case 4:
      return line(`uvfile name 1 ${HASH} ${size} ${seeded.pick([0, 1, 4])}`, payload);
    case 5:
      return seeded.bytes(seeded.below(30));
    default: {
      const tokens = Array.from({ length: seeded.below(7) }, () => seeded.pick(TOKENS));
      return line([seeded.pick(KEYWORDS), ...tokens].join(seeded.pick([' ', '  ', '\t'])));
    }
  }
}
