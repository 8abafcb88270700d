import type { Hashing } from '../platform/hash';
import type { ArtifactForm } from './artifact-form';
import { attachmentForm } from './attachment';
import { CardReader } from './card-reader';
import { emptyCardSet, type CardSet } from './card-set';
import { readCard } from './cards';
import { checkinForm } from './checkin';
import { withoutClearSignature } from './clear-signature';
import { clusterForm } from './cluster';
import { controlForm } from './control';
import type { FileCardCache } from './file-card-cache';
import { forumForm } from './forum';
import { technoteForm } from './technote';
import { ticketForm } from './ticket';
import type { Artifact } from './types';
import { wikiForm } from './wiki';

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const LETTER_A = 0x41;
const LETTER_N = 0x4e;
const LETTER_P = 0x50;
const LETTER_Z = 0x5a;
/** `Z`, a space, 32 digits, a line feed. */
const Z_CARD_LENGTH = 35;
const SHORTEST = 10;

interface CheckedForm {
  allowed: number;
  required: number;
  fromCards: (cards: CardSet) => Artifact | undefined;
}

const FORMS: Readonly<Record<Artifact['type'], CheckedForm>> = {
  checkin: checked(checkinForm),
  cluster: checked(clusterForm),
  control: checked(controlForm),
  wiki: checked(wikiForm),
  ticket: checked(ticketForm),
  attachment: checked(attachmentForm),
  technote: checked(technoteForm),
  forum: checked(forumForm),
};

/**
 * Reads a structural artifact (fossil.md 7). Strict: whatever deviates is file content. Texts are decoded without loss, as
 * `byteTextOf` has it; byte fields are views of `content`.
 *
 * @param knownFiles - takes F-cards over from earlier artifacts: the cards of one may then be those of another, and none may be changed
 * @returns undefined when the bytes are not a structural artifact
 */
export function parseArtifact(content: Uint8Array, hashing: Hashing, knownFiles?: FileCardCache): Artifact | undefined {
  if (content[content.length - 1] !== LINE_FEED) return undefined;
  const bytes = withoutClearSignature(content);
  if (!looksStructural(bytes) || !isChecksumRight(bytes, hashing)) return undefined;
  const cards = readCards(bytes, knownFiles);
  if (!cards) return undefined;
  const form = FORMS[typeOf(cards)];
  const isComplete = (cards.present & ~form.allowed) === 0 && (form.required & ~cards.present) === 0;
  if (!isComplete) return undefined;
  if (cards.files.length > 0) knownFiles?.keep(bytes);
  return form.fromCards(cards);
}

/** Tells nearly all file content apart without looking through it. */
function looksStructural(bytes: Uint8Array): boolean {
  const [first = 0, second] = bytes;
  const z = bytes.length - Z_CARD_LENGTH;
  return (
    first >= LETTER_A &&
    first <= LETTER_Z &&
    second === SPACE &&
    bytes.length >= SHORTEST &&
    bytes[z] === LETTER_Z &&
    bytes[z + 1] === SPACE &&
    bytes[bytes.length - 1] === LINE_FEED
  );
}

function isChecksumRight(bytes: Uint8Array, hashing: Hashing): boolean {
  const z = bytes.length - Z_CARD_LENGTH;
  const md5 = hashing.hex('md5', bytes.subarray(0, z));
  for (let i = 0; i < md5.length; i++) if (bytes[z + 2 + i] !== md5.charCodeAt(i)) return false;
  return true;
}

function readCards(bytes: Uint8Array, knownFiles: FileCardCache | undefined): CardSet | undefined {
  const reader = new CardReader(bytes);
  const cards = emptyCardSet();
  if (knownFiles !== undefined) {
    knownFiles.begin();
    cards.knownFiles = knownFiles;
  }
  let previous = 0;
  for (let letter = reader.nextCard(); letter !== 0; letter = reader.nextCard()) {
    // Technotes written before 2021 have N behind P.
    const isInOrder = letter >= previous || (letter === LETTER_N && previous === LETTER_P && cards.event);
    if (!isInOrder || letter > LETTER_Z || !readCard(letter, reader, cards)) return undefined;
    previous = letter;
  }
  return reader.isAtEnd ? cards : undefined;
}

function typeOf(cards: CardSet): Artifact['type'] {
  if (cards.type) return cards.type;
  return cards.comment !== undefined || cards.parents.length > 0 ? 'checkin' : 'control';
}

function checked<T extends Artifact>({ allowed, required, fromCards }: ArtifactForm<T>): CheckedForm {
  return { allowed: maskOf(allowed), required: maskOf(required), fromCards };
}

/** @returns bit n for the nth letter */
function maskOf(letters: string): number {
  return Array.from(letters).reduce((mask, letter) => mask | (1 << (letter.charCodeAt(0) - LETTER_A)), 0);
}
