import { parseStamp } from '../codec/julian-day';
import { compareBytes } from '../codec/utf8';
import type { Hash } from '../identifiers';
import type { CardReader } from './card-reader';
import type { CardSet } from './card-set';
import type { FileCardCache } from './file-card-cache';
import { isReservedName, isSimplePath } from './file-name';
import { compareTags } from './tag-cards';
import type { FileCard, TagCard } from './types';
import { isWikiTitle } from './wiki-title';

/** Reads one card into the set. @returns false when it breaks the grammar, and then nothing of the artifact counts */
type CardRule = (reader: CardReader, cards: CardSet) => boolean;

const LETTER_A = 0x41;

/** The rule of each card (fossil.md 7.2), by its letter. */
const RULES: Readonly<Record<string, CardRule>> = {
  A: attachment,
  B: baseline,
  C: comment,
  D: date,
  E: event,
  F: file,
  G: threadRoot,
  H: threadTitle,
  I: inReplyTo,
  J: field,
  K: ticket,
  L: wikiTitle,
  M: member,
  N: mimetype,
  P: parents,
  Q: cherrypick,
  R: filesChecksum,
  T: tag,
  U: user,
  W: text,
  Z: checksum,
};
const RULES_BY_CODE = Array.from({ length: 26 }, (_, i) => RULES[String.fromCharCode(LETTER_A + i)]);

/** Reads the tokens of the card whose letter was just read. @returns false when it breaks the grammar */
export function readCard(letter: number, reader: CardReader, cards: CardSet): boolean {
  const rule = RULES_BY_CODE[letter - LETTER_A];
  cards.present |= 1 << (letter - LETTER_A);
  return rule?.(reader, cards) ?? false;
}

function attachment(reader: CardReader, cards: CardSet): boolean {
  if (cards.attachment || !reader.nextToken()) return false;
  const path = reader.text;
  if (!isSimplePath(path) || !reader.nextToken()) return false;
  const target = reader.text;
  if (!reader.hash && !isWikiTitle(target)) return false;
  const hasSource = reader.nextToken();
  const source = hasSource ? reader.hash : undefined;
  if (hasSource && !source) return false;
  // Only the name counts for Fossil, whatever directory the card tells.
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  cards.attachment = { fileName, target, ...(source && { source }) };
  cards.type = 'attachment';
  return true;
}

function baseline(reader: CardReader, cards: CardSet): boolean {
  const hash = onlyHash(reader, cards.baseline);
  if (!hash) return false;
  cards.baseline = hash;
  cards.type = 'checkin';
  return true;
}

function comment(reader: CardReader, cards: CardSet): boolean {
  if (cards.comment !== undefined || !reader.nextToken()) return false;
  cards.comment = reader.text;
  return true;
}

function date(reader: CardReader, cards: CardSet): boolean {
  const stamp = cards.date === undefined && reader.nextToken() ? parseStamp(reader.rawToken) : undefined;
  if (stamp === undefined) return false;
  cards.date = stamp;
  return true;
}

function event(reader: CardReader, cards: CardSet): boolean {
  const stamp = !cards.event && reader.nextToken() ? parseStamp(reader.rawToken) : undefined;
  const id = stamp !== undefined && reader.nextToken() ? reader.hash : undefined;
  if (stamp === undefined || !id) return false;
  cards.event = { date: stamp, id };
  cards.type = 'technote';
  return true;
}

function file(reader: CardReader, cards: CardSet): boolean {
  const { knownFiles } = cards;
  if (knownFiles === undefined) return readFile(reader, cards);
  return takeOverFiles(reader, cards, knownFiles) || readFile(reader, cards, knownFiles);
}

/** @returns whether this card, and maybe those behind it, stand as they did in the artifact before */
function takeOverFiles(reader: CardReader, cards: CardSet, knownFiles: FileCardCache): boolean {
  const end = knownFiles.follow(reader.bytes, reader.cardStart, cards.files);
  if (end === reader.cardStart) return false;
  reader.goTo(end);
  return true;
}

function readFile(reader: CardReader, cards: CardSet, knownFiles?: FileCardCache): boolean {
  const start = reader.cardStart;
  const line = knownFiles && reader.restOfLine;
  let known = line === undefined ? undefined : knownFiles?.get(line);
  let card = known;
  if (card === undefined) {
    card = fileCard(reader, cards);
    if (card === undefined) return false;
    // Such a name is passed over in silence.
    if (isReservedName(card.name)) return isBehindPrevious(reader, cards, card);
    if (line !== undefined && card.hash !== undefined && reader.isLineRead) known = knownFiles?.add(line, card);
  } else {
    reader.skipLine();
  }
  if (!appendFile(reader, cards, known ?? card)) return false;
  knownFiles?.note(start, reader.offset, known);
  return true;
}

function appendFile(reader: CardReader, cards: CardSet, card: FileCard): boolean {
  if (!isBehindPrevious(reader, cards, card)) return false;
  cards.files.push(card);
  cards.type = 'checkin';
  return true;
}

function isBehindPrevious(reader: CardReader, { files }: CardSet, card: FileCard): boolean {
  const previous = files[files.length - 1];
  return previous === undefined || reader.isAscending(previous.name, card.name);
}

function fileCard(reader: CardReader, cards: CardSet): FileCard | undefined {
  if (!reader.nextToken()) return undefined;
  const name = reader.text;
  if (!isSimplePath(name)) return undefined;
  const card: FileCard = { name, permission: 'regular' };
  if (reader.nextToken()) {
    const hash = reader.hash;
    if (!hash) return undefined;
    card.hash = hash;
  } else if (!cards.baseline) {
    return undefined;
  }
  if (reader.nextToken()) card.permission = permissionOf(reader.rawToken);
  if (reader.nextToken()) {
    card.formerName = reader.text;
    if (!isSimplePath(card.formerName)) return undefined;
  }
  return card;
}

/** @param letters - the third token, empty where an old Fossil left a space behind the hash */
function permissionOf(letters: string): FileCard['permission'] {
  if (letters.includes('x')) return 'executable';
  return letters.includes('l') ? 'symlink' : 'regular';
}

function threadRoot(reader: CardReader, cards: CardSet): boolean {
  const hash = onlyHash(reader, cards.threadRoot);
  if (!hash) return false;
  cards.threadRoot = hash;
  cards.type = 'forum';
  return true;
}

function threadTitle(reader: CardReader, cards: CardSet): boolean {
  if (cards.threadTitle !== undefined || !reader.nextToken()) return false;
  cards.threadTitle = reader.text;
  cards.type = 'forum';
  return true;
}

function inReplyTo(reader: CardReader, cards: CardSet): boolean {
  const hash = onlyHash(reader, cards.inReplyTo);
  if (!hash) return false;
  cards.inReplyTo = hash;
  cards.type = 'forum';
  return true;
}

function field(reader: CardReader, cards: CardSet): boolean {
  if (!reader.nextToken()) return false;
  const name = reader.rawToken;
  const value = reader.nextToken() ? reader.text : '';
  const isAppend = name.startsWith('+');
  const previous = cards.fields[cards.fields.length - 1];
  if (previous && compareBytes((previous.isAppend ? '+' : '') + previous.name, name) >= 0) return false;
  cards.fields.push({ name: isAppend ? name.slice(1) : name, isAppend, value });
  cards.type = 'ticket';
  return true;
}

function ticket(reader: CardReader, cards: CardSet): boolean {
  const id = cards.ticket === undefined && reader.nextToken() ? reader.hexadecimal(40) : undefined;
  if (id === undefined) return false;
  cards.ticket = id;
  cards.type = 'ticket';
  return true;
}

function wikiTitle(reader: CardReader, cards: CardSet): boolean {
  if (cards.wikiTitle !== undefined || !reader.nextToken()) return false;
  cards.wikiTitle = reader.text;
  cards.type = 'wiki';
  return isWikiTitle(cards.wikiTitle);
}

function member(reader: CardReader, cards: CardSet): boolean {
  const hash = onlyHash(reader, undefined);
  const previous = cards.members[cards.members.length - 1];
  if (!hash || (previous !== undefined && previous >= hash)) return false;
  cards.members.push(hash);
  cards.type = 'cluster';
  return true;
}

function mimetype(reader: CardReader, cards: CardSet): boolean {
  if (cards.mimetype !== undefined || !reader.nextToken()) return false;
  cards.mimetype = reader.text;
  return true;
}

function parents(reader: CardReader, cards: CardSet): boolean {
  while (reader.nextToken()) {
    const hash = reader.hash;
    if (!hash) return false;
    cards.parents.push(hash);
  }
  return true;
}

function cherrypick(reader: CardReader, cards: CardSet): boolean {
  if (!reader.nextToken()) return false;
  const sign = signOf(reader.rawToken);
  const hash = reader.signedHash;
  if (!hash || (sign !== '+' && sign !== '-')) return false;
  const hasBase = reader.nextToken();
  const base = hasBase ? reader.hash : undefined;
  if (hasBase && !base) return false;
  cards.cherrypicks.push({ sign, hash, ...(base && { base }) });
  cards.type = 'checkin';
  return true;
}

function filesChecksum(reader: CardReader, cards: CardSet): boolean {
  const md5 = cards.filesChecksum === undefined && reader.nextToken() ? reader.hexadecimal(32) : undefined;
  if (md5 === undefined) return false;
  cards.filesChecksum = md5;
  cards.type = 'checkin';
  return true;
}

function tag(reader: CardReader, cards: CardSet): boolean {
  if (!reader.nextToken()) return false;
  const rawName = reader.rawToken;
  const signedName = reader.text;
  const sign = signOf(signedName);
  const name = signedName.slice(1);
  if (!sign || /^[0-9a-f]*$/i.test(name) || !reader.nextToken()) return false;
  const target = reader.rawToken === '*' && reader.tokenLength === 1 ? '*' : reader.hash;
  // A technote may only tag itself, and nothing that propagates.
  if (!target || (cards.event && (target !== '*' || !rawName.startsWith('+')))) return false;
  const card: TagCard = { sign, name, target };
  if (reader.nextToken()) card.value = reader.text;
  const previous = cards.tags[cards.tags.length - 1];
  if (previous && compareTags(previous, card) >= 0) return false;
  cards.tags.push(card);
  return true;
}

function user(reader: CardReader, cards: CardSet): boolean {
  if (cards.user !== undefined) return false;
  cards.user = reader.nextToken() && reader.rawToken !== '' ? reader.text : 'anonymous';
  return true;
}

function text(reader: CardReader, cards: CardSet): boolean {
  if (cards.text || !reader.nextToken()) return false;
  // As C reads it: the digits up to the first other character, none being 0.
  const size = Number(/^[0-9]*/.exec(reader.rawToken)?.[0]);
  const bytes = reader.rawBytes(size);
  if (!bytes) return false;
  cards.text = bytes;
  return true;
}

/** The digest was compared before the first card was read; here only the form counts. */
function checksum(reader: CardReader): boolean {
  return reader.nextToken() && reader.hexadecimal(32) !== undefined;
}

/** @returns the card's hash, undefined when there was one already or it is none */
function onlyHash(reader: CardReader, earlier: Hash | undefined): Hash | undefined {
  return earlier === undefined && reader.nextToken() ? reader.hash : undefined;
}

function signOf(token: string): TagCard['sign'] | undefined {
  const sign = token.charAt(0);
  return sign === '+' || sign === '*' || sign === '-' ? sign : undefined;
}
