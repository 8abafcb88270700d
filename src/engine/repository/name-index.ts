import { PACKED_NAME, packName, unpackName } from '../codec/packed-name';
import { type Hash, isHash, type Rid } from '../identifiers';

const FIRST_CAPACITY = 1024;

/** Rids by the names of their artifacts. In arrays of numbers: a map of texts takes four times the memory. */
export class NameIndex {
  #count = 0;
  #names = new Uint8Array(FIRST_CAPACITY * PACKED_NAME);
  #rids = new Float64Array(FIRST_CAPACITY);
  /** By the beginning of the name: the place of the entry, from 1 on; 0: none, and the search ends. */
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  /** Names that anybody may have made up: thousands that begin alike would make the search in `#slots` endless. */
  readonly #unproven = new Map<Hash, Rid>();
  readonly #wanted = new Uint8Array(PACKED_NAME);

  /**
   * Adds a name that is not in it yet.
   * @param options.isProven - there is content of that name, so that nobody has chosen it
   */
  add(hash: Hash, rid: Rid, { isProven }: { isProven: boolean }): void {
    if (!isProven || !isHash(hash)) {
      this.#unproven.set(hash, rid);
      return;
    }
    if (this.#count === this.#rids.length) this.#grow();
    packName(hash, this.#names, this.#count * PACKED_NAME);
    this.#rids[this.#count] = rid;
    this.#slots[this.#slotOf(this.#names, this.#count * PACKED_NAME)] = ++this.#count;
  }

  /** @param hash - in upper case, it means the artifact of that name in lower case, or else what has been added as it stands */
  rid(hash: Hash): Rid | undefined {
    const lowerCase = hash.toLowerCase() as Hash;
    if (isHash(lowerCase)) {
      packName(lowerCase, this.#wanted, 0);
      const rid = this.#provenRid(this.#wanted, 0);
      if (rid !== undefined) return rid;
    }
    return this.#unproven.get(lowerCase) ?? this.#unproven.get(hash);
  }

  /** @param bytes - hold a packed name at `at` */
  ridOfPacked(bytes: Uint8Array, at: number): Rid | undefined {
    const rid = this.#provenRid(bytes, at);
    return rid !== undefined || this.#unproven.size === 0 ? rid : this.#unproven.get(unpackName(bytes, at));
  }

  #provenRid(bytes: Uint8Array, at: number): Rid | undefined {
    const entry = this.#slots[this.#slotOf(bytes, at)] ?? 0;
    return entry === 0 ? undefined : (this.#rids[entry - 1] as Rid | undefined);
  }

  /** @returns the slot of a name, or the free one where it belongs */
  #slotOf(bytes: Uint8Array, at: number): number {
    const mask = this.#slots.length - 1;
    const [a = 0, b = 0, c = 0, d = 0] = [bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4]];
    let slot = ((a << 24) | (b << 16) | (c << 8) | d) & mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      if (this.#isAt(entry - 1, bytes, at)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isAt(entry: number, bytes: Uint8Array, at: number): boolean {
    const names = this.#names;
    const start = entry * PACKED_NAME;
    const length = bytes[at] ?? 0;
    for (let i = 0; i <= length; i++) if (names[start + i] !== bytes[at + i]) return false;
    return true;
  }

  #grow(): void {
    const names = new Uint8Array(2 * this.#names.length);
    names.set(this.#names);
    this.#names = names;
    const rids = new Float64Array(2 * this.#rids.length);
    rids.set(this.#rids);
    this.#rids = rids;
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let entry = 0; entry < this.#count; entry++)
      this.#slots[this.#slotOf(this.#names, entry * PACKED_NAME)] = entry + 1;
  }
}
