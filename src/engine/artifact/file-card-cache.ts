import { compareBytes } from '../codec/utf8';
import { asciiCopyOf } from '../platform/ascii-copy';
import { areSameBytesAt } from '../platform/same-bytes';
import type { FileCard } from './types';

/** Cards of one generation: two are kept. */
const GENERATION = 15_000;
/** Lines that are compared at once at first, and at most. */
const FIRST_RUN = 8;
const LONGEST_RUN = 512;

/**
 * F-cards by their lines. Neighbouring manifests share nearly all of them: what stands in the one that was read last, byte for byte, is
 * taken over in long runs, and a line that has been read before need not be taken apart again. Its card is the same object. For artifacts
 * that are read one after another and not kept for long.
 */
export class FileCardCache {
  #young = new Map<string, FileCard>();
  #old = new Map<string, FileCard>();
  /** Lines of the artifact before this one, and of this one. */
  #previous = new FileLines();
  #current = new FileLines();
  /** Which line of the previous artifact is likely to come next. */
  #expected = 0;

  /** Before the cards of another artifact. */
  begin(): void {
    this.#current.clear();
    this.#expected = 0;
  }

  /**
   * Takes over the cards of all lines that stand at `at` as they did in the previous artifact.
   * @param files - the cards before; the new ones are added
   * @returns where the lines end; `at` when not even the first is the same
   */
  follow(bytes: Uint8Array, at: number, files: FileCard[]): number {
    const last = files[files.length - 1];
    const first = this.#previous.card(this.#expected);
    if (first === undefined || (last !== undefined && compareBytes(last.name, first.name) >= 0)) return at;
    let end = at;
    for (let step = FIRST_RUN; step > 0;) {
      const count = Math.min(step, this.#previous.count - this.#expected);
      if (count === 0) break;
      if (!this.#previous.isAt(bytes, end, this.#expected, count)) {
        // The lines that differ are within: halve until those before them are found.
        step = count === 1 ? 0 : count >> 1;
        continue;
      }
      end = this.#current.takeOver(this.#previous, this.#expected, count, end, files);
      this.#expected += count;
      step = Math.min(2 * step, LONGEST_RUN);
    }
    return end;
  }

  /** A line was read by itself. @param card - undefined for one that must not be taken over */
  note(start: number, end: number, card: FileCard | undefined): void {
    this.#current.add(start, end, card);
    if (card === undefined) return;
    let expected = this.#previous.card(this.#expected);
    while (expected !== undefined && compareBytes(expected.name, card.name) <= 0)
      expected = this.#previous.card(++this.#expected);
  }

  /** The artifact has been read, and is a check-in. */
  keep(bytes: Uint8Array): void {
    this.#current.own(bytes);
    [this.#previous, this.#current] = [this.#current, this.#previous];
  }

  get(line: string): FileCard | undefined {
    const young = this.#young.get(line);
    if (young !== undefined) return young;
    const old = this.#old.get(line);
    if (old !== undefined) this.#remember(line, old);
    return old;
  }

  /**
   * @param line - ASCII only
   * @returns the card to use in place of `card`: a copy that does not hold on to the text that its strings were cut from
   */
  add(line: string, card: FileCard): FileCard {
    const own = { ...card, name: asciiCopyOf(card.name) };
    if (card.hash !== undefined) own.hash = asciiCopyOf(card.hash);
    if (card.formerName !== undefined) own.formerName = asciiCopyOf(card.formerName);
    this.#remember(asciiCopyOf(line), own);
    return own;
  }

  #remember(line: string, card: FileCard): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(line, card);
  }
}

/** The F-cards of one artifact and where their lines stand, one directly behind the other, up to the first that cannot be taken over. */
class FileLines {
  #cards: FileCard[] = [];
  /** Where each line starts, and where the last one ends. */
  #starts: number[] = [];
  #end = 0;
  #isComplete = true;
  /** The bytes from the first line on. */
  #bytes = new Uint8Array(0);

  get count(): number {
    return this.#cards.length;
  }

  card(line: number): FileCard | undefined {
    return this.#cards[line];
  }

  clear(): void {
    this.#cards = [];
    this.#starts = [];
    this.#isComplete = true;
  }

  add(start: number, end: number, card: FileCard | undefined): void {
    if (!this.#isComplete) return;
    if (card === undefined || (this.#cards.length > 0 && start !== this.#end)) {
      this.#isComplete = false;
      return;
    }
    this.#cards.push(card);
    this.#starts.push(start);
    this.#end = end;
  }

  /** @returns whether `count` lines from `line` on stand in `bytes` at `at` */
  isAt(bytes: Uint8Array, at: number, line: number, count: number): boolean {
    const from = this.#startOf(line);
    const length = this.#startOf(line + count) - from;
    const first = this.#startOf(0);
    return at + length <= bytes.length && areSameBytesAt(bytes, at, this.#bytes, from - first, length);
  }

  /** Adds lines of another artifact, which stand here at `at`. @returns where they end */
  takeOver(source: FileLines, line: number, count: number, at: number, files: FileCard[]): number {
    let start = at;
    for (let index = line; index < line + count; index++) {
      const card = source.#cards[index];
      if (card === undefined) break;
      const end = start + source.#startOf(index + 1) - source.#startOf(index);
      files.push(card);
      this.add(start, end, card);
      start = end;
    }
    return start;
  }

  /** Copies the lines: the bytes that they were read from are used again. */
  own(bytes: Uint8Array): void {
    const first = this.#startOf(0);
    const length = this.#cards.length === 0 ? 0 : this.#end - first;
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 * length);
    this.#bytes.set(bytes.subarray(first, first + length));
  }

  #startOf(line: number): number {
    return this.#starts[line] ?? this.#end;
  }
}
