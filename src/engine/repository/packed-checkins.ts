import type { Checkin } from '../artifact/types';
import { bytesOfText, byteTextOf } from '../codec/byte-text';
import { textOf, utf8 } from '../codec/utf8';

/** Bytes that the length of a text takes, in front of it. */
const LENGTH = 4;

/** Characters of a check-in that is kept as JSON alone, which is taken apart in a third of the time. */
const LONGEST_PLAIN = 16 * 1024;

/**
 * Check-ins as bytes, one behind the other: as objects they would take six times the memory, and be taken apart twice on their way. Each
 * is JSON; of a long one that has no texts, which follow: in JSON, a byte that is no UTF-8 or a control character takes six.
 */
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
    const plain = JSON.stringify({ ...checkin, files: [] });
    if (plain.length <= LONGEST_PLAIN) this.#add(utf8(plain));
    else this.#addLong(checkin);
    this.#items.push(item);
    this.#ends.push(this.#length);
  }

  finish(): PackedCheckins {
    return {
      items: Int32Array.from(this.#items),
      ends: Int32Array.from(this.#ends),
      bytes: this.#bytes.slice(0, this.#length),
    };
  }

  #addLong(checkin: Checkin): void {
    const texts: Uint8Array[] = [];
    const frame = JSON.stringify({ ...checkin, files: [] }, (_key, value: unknown) => {
      if (typeof value !== 'string') return value;
      texts.push(bytesOfText(value));
      return '';
    });
    this.#add(utf8(frame));
    for (const text of texts) this.#add(text);
  }

  #add(text: Uint8Array): void {
    const end = this.#length + LENGTH + text.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    new DataView(this.#bytes.buffer).setUint32(this.#length, text.length);
    this.#bytes.set(text, this.#length + LENGTH);
    this.#length = end;
  }
}

/** The check-in at a place, without its files. */
export function unpackCheckin({ ends, bytes }: PackedCheckins, index: number): Checkin {
  let at = index === 0 ? 0 : (ends[index - 1] ?? 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const next = (): Uint8Array => {
    const start = at + LENGTH;
    at = start + view.getUint32(at);
    return bytes.subarray(start, at);
  };
  const frame = textOf(next());
  if (at === ends[index]) return JSON.parse(frame) as Checkin;
  return JSON.parse(frame, (_key, value: unknown) => (value === '' ? byteTextOf(next()) : value)) as Checkin;
}
