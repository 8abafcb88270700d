import { createHash } from 'node:crypto';
import { labelled } from './card-project';

/** The answer of a server, as a table of cards has it. */
export interface CardReply {
  answer: string;
  /** What the trailer counts; 0 where there is none. */
  errors: number;
}

const VERSION = /^pragma server-version .*\n/;
const TRAILER = /# timestamp \S+ errors (\d+)\n$/;
/** Payloads that are longer are left out: their names tell what they are. */
const SHOWN = 80;

/**
 * Makes the answers of two servers comparable: without versions, times and what they quote of a line that they do not understand; names as labels;
 * what comes in no order sorted.
 */
export function cardReply(status: number, body: Uint8Array, options: { keepsVersion?: boolean } = {}): CardReply {
  const text = Buffer.from(body).toString('latin1');
  if (status !== 200) return { answer: `${status} ${labelled(plain(text))}`, errors: 0 };
  const errors = Number(TRAILER.exec(text)?.[1] ?? Number.NaN);
  const cards = cardsOf(text.replace(TRAILER, '').replace(options.keepsVersion === true ? /(?!)/ : VERSION, ''));
  const isUnordered = (card: string): boolean => /^(?:igot|config|gimme) /.test(card);
  const sorted = [...cards.filter((card) => !isUnordered(card)), ...cards.filter(isUnordered).sort()];
  return { answer: sorted.map(labelled).join('\n'), errors };
}

/** A page for people without its tags and its title. */
function plain(page: string): string {
  return (/<body>([^]*)<\/body>/.exec(page)?.[1] ?? page).replace(/<[^>]*>/g, '').trim();
}

function cardsOf(reply: string): string[] {
  const cards: string[] = [];
  for (let rest = reply; rest !== '';) {
    const line = /^[^\n]*\n?/.exec(rest)?.[0] ?? rest;
    rest = rest.slice(line.length);
    const words = line.trim().split(' ');
    const [keyword = '', name = ''] = words;
    if (keyword === '') continue;
    if (keyword === 'error') {
      cards.push(errorOf(line));
      // Fossil 2.21 repeats the line feed of a card that it does not know.
      rest = rest.replace(/^\n/, '');
      continue;
    }
    const size = /^(?:c?file|config)$/.test(keyword) ? words.at(-1) : keyword === 'uvfile' ? words[4] : '0';
    const payload = rest.slice(0, Number(size));
    rest = rest.slice(payload.length);
    if (keyword === 'file' && words.length === 3 && !hasName(payload, name))
      throw new Error(`${name} has another content`);
    // Compressed bytes differ from program to program.
    const shown =
      keyword === 'cfile'
        ? words.slice(0, -1).join(' ')
        : words.join(' ').replace(/^(pragma (?:link|ci-lock-fail) .*) \d+$/, '$1');
    cards.push(
      shown +
        (keyword !== 'cfile' && payload !== '' && payload.length <= SHOWN ? `: ${payload.replaceAll('\n', '|')}` : ''),
    );
  }
  return cards;
}

function hasName(payload: string, name: string): boolean {
  const hash = createHash(name.length === 40 ? 'sha1' : 'sha3-256');
  return hash.update(payload, 'latin1').digest('hex') === name;
}

/** Fossil encodes some texts for addresses and some for tokens; it quotes nothing of a line that is malformed. */
function errorOf(line: string): string {
  const text = line.trim().replaceAll('+', ' ').replaceAll('\\s', ' ').replaceAll('%2C', ',');
  if (text.startsWith('error bad command')) return 'error bad command';
  return /^error (?:malformed \w+ line|The other side sent a line that is no part of Fossil's protocol)/.test(text)
    ? 'error malformed line'
    : text;
}
