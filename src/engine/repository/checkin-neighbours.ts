import type { Checkin } from '../artifact/types';
import type { Hash } from '../identifiers';
import { asciiCopyOf } from '../platform/ascii-copy';
import { baselineDifferences } from './file-differences';
import type { DifferencePacker } from './packed-differences';

type KeptCheckin = Pick<Checkin, 'files' | 'parents' | 'cherrypicks'>;

/** F-cards kept at once. Those of one batch are mostly the same objects, so that they take little more than a number each. */
const KEPT_FILES = 200_000;

/**
 * Compares check-ins with those before and after them as they come along a chain of deltas, where neighbours stand close to each other:
 * so most are compared while both are in memory. Those that are not must be read again.
 */
export class CheckinNeighbours {
  readonly #kept = new Map<Hash, KeptCheckin>();
  readonly #childrenOf = new Map<Hash, Set<Hash>>();
  #files = 0;

  /**
   * Compares it with all its parents and children that came shortly before; not delta manifests.
   * @param found - takes what one does to the files of the other
   */
  meet(hash: Hash, checkin: Checkin, found: DifferencePacker): void {
    if (checkin.baseline !== undefined || this.#kept.has(hash)) return;
    const note = (child: Hash, parent: Hash, before: KeptCheckin | undefined, after: KeptCheckin | undefined): void => {
      const links = before && after && baselineDifferences(before, after);
      if (links !== undefined) found.add(child, parent, links);
    };
    for (const child of this.#childrenOf.get(hash) ?? []) note(child, hash, checkin, this.#kept.get(child));
    for (const parent of comparedWith(checkin)) note(hash, parent, this.#kept.get(parent), checkin);
    this.#keep(hash, checkin);
  }

  /** Keeps what is needed to compare it, in strings of its own: those of the parser would hold on to the text of the whole artifact. */
  #keep(hash: Hash, { files, parents, cherrypicks }: Checkin): void {
    const checkin = {
      files,
      parents: parents.map(asciiCopyOf),
      cherrypicks: cherrypicks.map(({ sign, hash: picked }) => ({ sign, hash: asciiCopyOf(picked) })),
    };
    this.#kept.set(hash, checkin);
    this.#files += files.length;
    for (const parent of comparedWith(checkin)) {
      const children = this.#childrenOf.get(parent);
      if (children === undefined) this.#childrenOf.set(parent, new Set([hash]));
      else children.add(hash);
    }
    for (const [oldest, kept] of this.#kept) {
      if (this.#files <= KEPT_FILES || oldest === hash) break;
      this.#drop(oldest, kept);
    }
  }

  #drop(hash: Hash, checkin: KeptCheckin): void {
    this.#kept.delete(hash);
    this.#files -= checkin.files.length;
    for (const parent of comparedWith(checkin)) {
      const children = this.#childrenOf.get(parent);
      children?.delete(hash);
      if (children?.size === 0) this.#childrenOf.delete(parent);
    }
  }
}

/** The check-ins that `mlink` compares a check-in with: its parents, and what it was cherry-picked from. */
export function comparedWith({ parents, cherrypicks }: Pick<Checkin, 'parents' | 'cherrypicks'>): Set<Hash> {
  return new Set([...parents, ...cherrypicks.filter((pick) => pick.sign === '+').map((pick) => pick.hash)]);
}
