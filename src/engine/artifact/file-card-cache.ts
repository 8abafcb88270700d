import type { FileCard } from './types';

/** Cards of one generation: two are kept. */
const GENERATION = 15_000;

/**
 * F-cards by their lines. Neighbouring manifests share nearly all of them: a line that has been read once need not be taken apart again, and
 * its card is the same object. For artifacts that are read one after another and not kept for long.
 */
export class FileCardCache {
  #young = new Map<string, FileCard>();
  #old = new Map<string, FileCard>();

  get(line: string): FileCard | undefined {
    const young = this.#young.get(line);
    if (young !== undefined) return young;
    const old = this.#old.get(line);
    if (old !== undefined) this.#keep(line, old);
    return old;
  }

  /** @returns the card to use in place of `card`: a copy that does not hold on to the text that its strings were cut from */
  add(line: string, card: FileCard): FileCard {
    const [ownLine, own] = structuredClone([line, card] as const);
    this.#keep(ownLine, own);
    return own;
  }

  #keep(line: string, card: FileCard): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(line, card);
  }
}
