import { encodeToken } from '../codec/fossil-encoding';
import { utf8 } from '../codec/utf8';
import type { Hash } from '../identifiers';
import type { UnversionedEntry } from './card';
import type { CardTally } from './card-tally';

const LINE_FEED = 10;

/** Small parts are joined to pieces of about this size. */
const PIECE_BYTES = 64 * 1024;

/** Bytes of a message that are read only when it is their turn to be sent. */
export interface LaterBytes {
  readonly length: number;
  /** How many `cfile` cards they are, and how many of those are deltas. */
  readonly cards: { files: number; deltas: number };
  /** Exactly `length` bytes. */
  pieces(): Iterable<Uint8Array>;
}

/** Writes a sync message card by card (fossil.md 2). Payloads are referred to until `bytes()` joins everything once. */
export class MessageWriter {
  #parts: (Uint8Array | LaterBytes)[] = [];
  #size = 0;
  #hasContent = false;

  /** @param tally - counts what is written, for who listens */
  constructor(readonly tally?: CardTally) {}

  /** Bytes so far, uncompressed. */
  get size(): number {
    return this.#size;
  }

  /** It brings content of an artifact or a file, not names only. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** A card of plain tokens, which must be free of whitespace. */
  card(...tokens: (string | number)[]): this {
    this.tally?.written(tokens);
    return this.#append(utf8(`${tokens.join(' ')}\n`));
  }

  pragma(name: string, ...parameters: (string | number)[]): this {
    return this.card('pragma', name, ...parameters);
  }

  igot(hash: Hash, isPrivate = false): this {
    return isPrivate ? this.card('igot', hash, 1) : this.card('igot', hash);
  }

  /** No line feed follows the payload: servers take blank lines for errors. */
  file(hash: Hash, payload: Uint8Array, deltaSource?: Hash): this {
    this.card('file', hash, ...(deltaSource === undefined ? [] : [deltaSource]), payload.length);
    return this.#appendContent(payload);
  }

  /** @param size - bytes of the finished artifact, also when the container holds a delta */
  compressedFile(hash: Hash, size: number, container: Uint8Array, deltaSource?: Hash): this {
    this.card('cfile', hash, ...(deltaSource === undefined ? [] : [deltaSource]), size, container.length);
    this.#appendContent(container);
    return container.at(-1) === LINE_FEED ? this : this.#append(utf8('\n'));
  }

  config(table: string, payload: Uint8Array): this {
    this.card('config', table, payload.length);
    this.#append(payload);
    return this.#append(utf8('\n'));
  }

  /** @param content - left out where only the time is told, or the file is deleted (fossil.md 2.5) */
  unversionedFile({ name, mtime, hash, size }: UnversionedEntry, content?: Uint8Array): this {
    if (hash === undefined) return this.card('uvfile', name, mtime, '-', 0, 1);
    if (content === undefined) return this.card('uvfile', name, mtime, hash, size, 4);
    this.card('uvfile', name, mtime, hash, content.length, 0);
    return this.#appendContent(content);
  }

  /** A text for the user, of a server. */
  notice(kind: 'error' | 'message', text: string): this {
    return this.card(kind, encodeToken(text));
  }

  comment(text: string): this {
    return this.card('#', text);
  }

  /** Forgets everything written. */
  clear(): void {
    this.tally?.clear();
    this.#parts = [];
    this.#size = 0;
    this.#hasContent = false;
  }

  /** Whole cards that are there only when they are sent. */
  later(bytes: LaterBytes): this {
    this.tally?.writtenLater(bytes.cards);
    this.#parts.push(bytes);
    this.#size += bytes.length;
    this.#hasContent = true;
    return this;
  }

  /** The message in one piece. */
  bytes(): Uint8Array {
    const joined = new Uint8Array(this.#size);
    let offset = 0;
    for (const part of this.#parts) {
      for (const piece of part instanceof Uint8Array ? [part] : part.pieces()) {
        joined.set(piece, offset);
        offset += piece.length;
      }
    }
    this.#parts = [joined];
    return joined;
  }

  /** The message in pieces, what comes later read on the way. */
  *pieces(): Generator<Uint8Array, void> {
    let gathered = new MessageWriter();
    for (const part of this.#parts) {
      if (part instanceof Uint8Array && part.length < PIECE_BYTES) {
        gathered.#append(part);
        if (gathered.size < PIECE_BYTES) continue;
      }
      if (gathered.size > 0) yield gathered.bytes();
      gathered = new MessageWriter();
      if (!(part instanceof Uint8Array)) yield* part.pieces();
      else if (part.length >= PIECE_BYTES) yield part;
    }
    if (gathered.size > 0) yield gathered.bytes();
  }

  #appendContent(part: Uint8Array): this {
    this.#hasContent = true;
    return this.#append(part);
  }

  #append(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.length;
    return this;
  }
}
