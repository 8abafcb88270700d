import type { Checkin } from '../artifact/types';
import { textOf, utf8 } from '../codec/utf8';

/** Check-ins as bytes, one text behind the other: as objects they would take six times the memory, and be taken apart twice on their way. */
export interface PackedCheckins {
  /** What each is called where it came from: the place in its batch. */
  items: Int32Array<ArrayBuffer>;
  /** Where each ends in `bytes`. */
  ends: Int32Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
}

export class CheckinPacker {
  readonly #items: number[] = [];
  readonly #ends: number[] = [];
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** @param checkin - its files are left out: there are many, and they are read again when they are needed */
  add(item: number, checkin: Checkin): void {
    const text = utf8(JSON.stringify({ ...checkin, files: [] }));
    const end = this.#length + text.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(text, this.#length);
    this.#length = end;
    this.#items.push(item);
    this.#ends.push(end);
  }

  finish(): PackedCheckins {
    return {
      items: Int32Array.from(this.#items),
      ends: Int32Array.from(this.#ends),
      bytes: this.#bytes.slice(0, this.#length),
    };
  }
}

/** The check-in at a place, without its files. */
export function unpackCheckin({ ends, bytes }: PackedCheckins, index: number): Checkin {
  const start = index === 0 ? 0 : ends[index - 1];
  return JSON.parse(textOf(bytes.subarray(start, ends[index]))) as Checkin;
}
