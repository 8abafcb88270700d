import { PACKED_NAME, packName } from '../codec/packed-name';
import { type Hash, isHash } from '../identifiers';
import type { FileLink } from './file-differences';

/** What check-ins do to the files of others, as numbers: as objects it would take five times the memory. */
export interface PackedDifferences {
  fileNames: string[];
  /** Names of artifacts, {@link PACKED_NAME} bytes each. */
  artifacts: Uint8Array<ArrayBuffer>;
  /**
   * For each difference: the child, the parent (places in `artifacts`), how many links; then for each link: the file, its former name
   * (places in `fileNames`), the content before, the content after (places in `artifacts`), the permission. -1: none.
   */
  numbers: Int32Array<ArrayBuffer>;
}

/** Numbers of a difference before its links, and of each link. */
export const DIFFERENCE_NUMBERS = 3;
export const LINK_NUMBERS = 5;
export const NONE = -1;

export class DifferencePacker {
  readonly #fileNames = new Map<string, number>();
  readonly #numbers: number[] = [];
  #artifacts = new Uint8Array(128 * PACKED_NAME);
  #count = 0;

  /** A difference with a name that cannot be packed is left out: it is to be found again. */
  add(child: Hash, parent: Hash, links: readonly FileLink[]): void {
    // A damaged repository may call something so that is none, and cards may write names in upper case.
    const names = [child, parent, ...links.flatMap(({ from, to }) => [from, to])];
    if (!names.every((name) => name === undefined || isHash(name))) return;
    this.#numbers.push(this.#artifact(child), this.#artifact(parent), links.length);
    for (const { name, formerName, from, to, permission } of links) {
      this.#numbers.push(
        this.#fileName(name),
        formerName === undefined ? NONE : this.#fileName(formerName),
        from === undefined ? NONE : this.#artifact(from),
        to === undefined ? NONE : this.#artifact(to),
        permission,
      );
    }
  }

  finish(): PackedDifferences {
    const fileNames = [...this.#fileNames.keys()];
    return {
      // Cut out of a manifest, a name would hold on to all of it.
      fileNames: fileNames.length === 0 ? [] : fileNames.join('\0').split('\0'),
      artifacts: this.#artifacts.slice(0, this.#count * PACKED_NAME),
      numbers: Int32Array.from(this.#numbers),
    };
  }

  #artifact(hash: Hash): number {
    const at = this.#count * PACKED_NAME;
    if (at === this.#artifacts.length) {
      const larger = new Uint8Array(2 * this.#artifacts.length);
      larger.set(this.#artifacts);
      this.#artifacts = larger;
    }
    packName(hash, this.#artifacts, at);
    return this.#count++;
  }

  #fileName(name: string): number {
    let place = this.#fileNames.get(name);
    if (place === undefined) {
      place = this.#fileNames.size;
      this.#fileNames.set(name, place);
    }
    return place;
  }
}
