import type { Checkin } from '../artifact/types';
import type { Rid } from '../identifiers';
import { type PackedCheckins, unpackCheckin } from './packed-checkins';

/** The check-ins of a repository by rid, without their files. Kept as bytes, and taken apart whenever they are asked for. */
export class CheckinHeaders {
  readonly #places = new Map<Rid, { packed: PackedCheckins; index: number }>();

  /** @param rids - of the batch that the check-ins came in */
  add(packed: PackedCheckins, rids: readonly Rid[]): void {
    packed.items.forEach((item, index) => {
      const rid = rids[item];
      if (rid !== undefined) this.#places.set(rid, { packed, index });
    });
  }

  get count(): number {
    return this.#places.size;
  }

  rids(): IterableIterator<Rid> {
    return this.#places.keys();
  }

  has(rid: Rid): boolean {
    return this.#places.has(rid);
  }

  get(rid: Rid): Checkin | undefined {
    const place = this.#places.get(rid);
    return place && unpackCheckin(place.packed, place.index);
  }

  delete(rid: Rid): void {
    this.#places.delete(rid);
  }
}
