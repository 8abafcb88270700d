import { bytesOfText, byteTextOf } from '../codec/byte-text';
import { EngineError, hasCode } from '../errors';
import type { SqlValue } from '../platform/sqlite';
import type { Card } from './card';
import { CardParser } from './card-parser';
import { formatConfigRow, parseConfigRow } from './config-rows';

/** Stands where a secret stood. */
const REMOVED = 'removed';
/** Columns with what lets somebody in, and with addresses of people and their machines, by table of a `config` card. */
const SECRET_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  '/user': ['pw', 'cookie', 'jx', 'info'],
  '/subscriber': ['subscriberCode', 'smip'],
  '/concealed': ['content'],
};
/** The table whose rows are named by mail addresses. */
const NAMED_BY_ADDRESS = '/subscriber';
/** Settings that hold passwords and tokens. */
const SECRET_SETTING = /pw\b|passw|secret|token|^http-auth:|^cookie$/i;
/** The password of a login in an address. */
const URL_PASSWORD = /(:\/\/[^\s/:@'"\\]*):[^\s/@'"\\]*@/g;
const LINE_FEED = 0x0a;

/**
 * A sync message, taken out of its container, without what must not lie about in a file: the nonce and signature of login cards (with a
 * weak password they give it away), `cookie` cards, passwords in configuration and in addresses. All else stays byte for byte, so that
 * a reply can be read again as it was.
 *
 * What cannot be read as cards is kept only as far as it is sure to hold no secret: up to the end of its first line, or whole where
 * the payload of an artifact is cut off.
 */
export function withoutSecrets(message: Uint8Array): Uint8Array {
  const filter = new SecretFilter();
  return joined([...filter.push(message), ...filter.end()]);
}

/** {@link withoutSecrets} of a message that comes in pieces, of which no more is held than a line or a `config` card. */
export class SecretFilter {
  readonly #parser = new CardParser({ payloadLimit: Number.MAX_SAFE_INTEGER, passesContentOver: true });
  /** What has come and has not been judged yet. */
  #held: Uint8Array = new Uint8Array(0);
  /** Where it begins. */
  #begin = 0;
  /** The byte behind a `config` card has not come yet, and stays or goes with it. */
  #due: 'kept' | 'removed' | undefined;
  /** What follows cannot be read as cards. */
  #isOver = false;

  /** @returns what can be told of the message up to here; it may refer to the chunk */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#isOver || chunk.length === 0) return [];
    const pieces: Uint8Array[] = [];
    this.#held = this.#held.length === 0 ? chunk : joined([this.#held, chunk]);
    if (this.#due !== undefined) {
      const byte = this.#take(this.#begin + 1);
      if (this.#due === 'kept') pieces.push(byte);
      this.#due = undefined;
    }
    this.#parser.push(chunk);
    this.#judge(pieces, () => {
      for (let card = this.#parser.next(); card; card = this.#parser.next()) this.#keep(card, pieces);
      if (this.#parser.isPassingOver) pieces.push(this.#take(this.#parser.position));
    });
    return pieces;
  }

  /** Ends the message. @returns its rest */
  end(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    if (this.#isOver) return pieces;
    this.#judge(pieces, () => {
      const card = this.#parser.end();
      const rest = this.#take(this.#begin + this.#held.length);
      pieces.push((card && replacementOf(card, rest)) ?? rest);
    });
    return pieces;
  }

  #judge(pieces: Uint8Array[], read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#isOver = true;
      pieces.push(hasCode(error, 'reply-truncated') && isArtifact(this.#held) ? this.#held : firstLine(this.#held));
    }
  }

  #keep(card: Card, pieces: Uint8Array[]): void {
    const end = endOf(card, this.#parser.position);
    const isDue = end > this.#begin + this.#held.length;
    const bytes = this.#take(end);
    const replacement = replacementOf(card, bytes);
    pieces.push(replacement ?? bytes);
    if (isDue) this.#due = replacement === undefined ? 'kept' : 'removed';
  }

  /** What is held up to a place, which is no longer held then. */
  #take(end: number): Uint8Array {
    const bytes = this.#held.subarray(0, end - this.#begin);
    this.#held = this.#held.subarray(bytes.length);
    this.#begin += bytes.length;
    return bytes;
  }
}

/** The byte behind a `config` payload belongs to it, whatever it is (fossil.md 2.1). */
function endOf(card: Card, position: number): number {
  return card.kind === 'config' ? position + 1 : position;
}

/** @returns undefined when the card holds no secret */
function replacementOf(card: Card, bytes: Uint8Array): Uint8Array | undefined {
  switch (card.kind) {
    case 'login':
    case 'cookie':
    case 'unknown':
      return lineWithoutSecrets(bytes);
    case 'config':
      return configWithoutSecrets(card.table, card.payload);
    case 'pragma':
    case 'error':
    case 'message':
    case 'comment':
      return withoutUrlPasswords(bytes);
    default:
      return undefined;
  }
}

/** A login card with a token too many is no login card any more, but it still is somebody's. */
function lineWithoutSecrets(bytes: Uint8Array): Uint8Array {
  const text = byteTextOf(bytes);
  const [keyword, user] = text.trim().split(/\s+/);
  const end = bytes.at(-1) === LINE_FEED ? '\n' : '';
  if (keyword === 'login') return bytesOfText(`login ${user ?? REMOVED} ${REMOVED} ${REMOVED}${end}`);
  if (keyword === 'cookie') return bytesOfText(`cookie ${REMOVED}${end}`);
  return withoutUrlPasswords(bytes) ?? bytes;
}

function configWithoutSecrets(table: string, payload: Uint8Array): Uint8Array | undefined {
  const row = parseConfigRow(payload);
  const secret = SECRET_COLUMNS[table];
  // What is no row is taken over by nobody; where it might be half of a secret one, or is one as Fossil wrote them once, it is left out.
  if (row === undefined)
    return secret !== undefined || mayTellSecret(table, payload) ? configCard(table, new Uint8Array(0)) : undefined;
  const columns = new Map<string, SqlValue>();
  const key = table === NAMED_BY_ADDRESS ? REMOVED : row.key;
  let isChanged = key !== row.key;
  for (const [name, value] of row.columns) {
    const isSecret = secret?.includes(name) === true || (table === '/config' && SECRET_SETTING.test(row.key));
    const shown = isSecret ? REMOVED : typeof value === 'string' ? value.replace(URL_PASSWORD, '$1@') : value;
    isChanged ||= shown !== value;
    columns.set(name, shown);
  }
  return isChanged ? configCard(table, formatConfigRow({ ...row, key, columns })) : undefined;
}

/** @param payload - no row */
function mayTellSecret(table: string, payload: Uint8Array): boolean {
  if (table !== '/config') return SECRET_SETTING.test(table);
  const text = byteTextOf(payload);
  const setting = /^\s*\S+\s+'([^']*)'/.exec(text)?.[1];
  return setting === undefined || SECRET_SETTING.test(setting) || text.search(URL_PASSWORD) >= 0;
}

function configCard(table: string, payload: Uint8Array): Uint8Array {
  return joined([bytesOfText(`config ${table} ${payload.length}\n`), payload, Uint8Array.of(LINE_FEED)]);
}

function withoutUrlPasswords(bytes: Uint8Array): Uint8Array | undefined {
  const text = byteTextOf(bytes);
  const shown = text.replace(URL_PASSWORD, '$1@');
  return shown === text ? undefined : bytesOfText(shown);
}

function isArtifact(rest: Uint8Array): boolean {
  return /^\s*(c?file|uvfile)\s/.test(byteTextOf(rest.subarray(0, 100)));
}

function firstLine(rest: Uint8Array): Uint8Array {
  const end = rest.indexOf(LINE_FEED);
  return lineWithoutSecrets(rest.subarray(0, end < 0 ? rest.length : end + 1));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
