import type { Hash, Rid } from '../identifiers';
import { letGo } from '../platform/let-go';

/** How much longer the buffer is than what is held at most: room in which texts come and go until it is tidied up. */
const ROOM = 1.5;

/** A text that has a name and a row id, and stands nowhere else. */
export interface HeldText {
  readonly rid: Rid;
  /** A view, which holds until the next text is added. */
  readonly content: Uint8Array;
}

interface Place {
  rid: Rid;
  start: number;
  length: number;
}

/**
 * Full texts that wait, the oldest first, all in one buffer. With one for each, what they leave behind would lie in pieces in the memory of
 * the process, of no use to anybody else: 50 MB after an import.
 */
export class HeldTexts {
  /** In the order of their places. */
  readonly #places = new Map<Hash, Place>();
  readonly #names = new Map<Rid, Hash>();
  readonly #limit: number;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #end = 0;
  #held = 0;

  /** @param limit - bytes that are held at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a text of that length is held at all. */
  canHold(length: number): boolean {
    return length <= this.#limit / 4;
  }

  /** @param evict - takes the texts for which there is no room any more */
  add(hash: Hash, rid: Rid, content: Uint8Array, evict: (hash: Hash, text: HeldText) => void): void {
    for (const oldest of this.#places.keys()) {
      if (this.#held + content.length <= this.#limit) break;
      const text = this.get(oldest);
      if (text !== undefined) evict(oldest, text);
      this.remove(oldest);
    }
    this.#buffer ??= new Uint8Array(this.#limit * ROOM);
    if (this.#end + content.length > this.#buffer.length) this.#tidyUp(this.#buffer);
    this.#buffer.set(content, this.#end);
    this.#places.set(hash, { rid, start: this.#end, length: content.length });
    this.#names.set(rid, hash);
    this.#end += content.length;
    this.#held += content.length;
  }

  has(hash: Hash): boolean {
    return this.#places.has(hash);
  }

  get(hash: Hash): HeldText | undefined {
    const place = this.#places.get(hash);
    if (place === undefined || this.#buffer === undefined) return undefined;
    const { rid, start, length } = place;
    return { rid, content: this.#buffer.subarray(start, start + length) };
  }

  nameOf(rid: Rid): Hash | undefined {
    return this.#names.get(rid);
  }

  remove(hash: Hash): void {
    const place = this.#places.get(hash);
    if (place === undefined) return;
    this.#places.delete(hash);
    this.#names.delete(place.rid);
    this.#held -= place.length;
  }

  /** Hands out all of them and frees the memory. */
  clear(evict: (hash: Hash, text: HeldText) => void): void {
    for (const hash of this.#places.keys()) {
      const text = this.get(hash);
      if (text !== undefined) evict(hash, text);
      this.remove(hash);
    }
    if (this.#buffer !== undefined) letGo(this.#buffer);
    this.#buffer = undefined;
    this.#end = 0;
  }

  /** Moves all texts to the front. */
  #tidyUp(buffer: Uint8Array): void {
    let end = 0;
    for (const place of this.#places.values()) {
      if (place.start !== end) buffer.copyWithin(end, place.start, place.start + place.length);
      place.start = end;
      end += place.length;
    }
    this.#end = end;
  }
}
