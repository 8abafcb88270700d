import { PACKED_NAME } from '../codec/packed-name';
import type { Rid } from '../identifiers';
import type { ArtifactIds } from './artifact-ids';
import { DIFFERENCE_NUMBERS, LINK_NUMBERS, NONE, type PackedDifferences } from './packed-differences';

/** What a check-in does to a file of another, in rids; 0: no content before, or after. */
export interface RidLink {
  name: string;
  formerName?: string;
  from: Rid | 0;
  to: Rid | 0;
  permission: number;
}

/** Where a difference stands. */
interface Place {
  packed: PackedDifferences;
  at: number;
  parent: Rid;
}

/** What check-ins do to the files of those near them, as it was found while they were verified. */
export class FoundDifferences {
  readonly #found: PackedDifferences[] = [];
  /** Every file name once. */
  readonly #fileNames = new Map<string, string>();

  add(packed: PackedDifferences): void {
    if (packed.numbers.length === 0) return;
    packed.fileNames.forEach((name, place) => {
      const known = this.#fileNames.get(name);
      if (known === undefined) this.#fileNames.set(name, name);
      else packed.fileNames[place] = known;
    });
    this.#found.push(packed);
  }

  /** @returns what finds the links of a check-in to another; those of artifacts that are gone are left out */
  byCheckin(ids: ArtifactIds): (child: Rid, parent: Rid) => Iterable<RidLink> | undefined {
    const places = new Map<Rid, Place[]>();
    for (const packed of this.#found) {
      const { artifacts, numbers } = packed;
      const ridAt = (at: number): Rid | undefined => ids.ridOfPacked(artifacts, (numbers[at] ?? 0) * PACKED_NAME);
      for (let at = 0; at < numbers.length; at += DIFFERENCE_NUMBERS + LINK_NUMBERS * (numbers[at + 2] ?? 0)) {
        const [child, parent] = [ridAt(at), ridAt(at + 1)];
        if (child === undefined || parent === undefined) continue;
        const known = places.get(child);
        if (known === undefined) places.set(child, [{ packed, at, parent }]);
        else known.push({ packed, at, parent });
      }
    }
    return (child, parent) => {
      const place = places.get(child)?.find((candidate) => candidate.parent === parent);
      return place && linksOf(place, ids);
    };
  }
}

function* linksOf({ packed, at }: Place, ids: ArtifactIds): Generator<RidLink> {
  const { fileNames, artifacts, numbers } = packed;
  const ridAt = (place: number): Rid | 0 =>
    place === NONE ? 0 : ids.ridOrPhantomOfPacked(artifacts, place * PACKED_NAME);
  const first = at + DIFFERENCE_NUMBERS;
  const end = first + LINK_NUMBERS * (numbers[at + 2] ?? 0);
  for (let link = first; link < end; link += LINK_NUMBERS) {
    const formerName = fileNames[numbers[link + 1] ?? NONE];
    yield {
      name: fileNames[numbers[link] ?? NONE] ?? '',
      ...(formerName === undefined ? {} : { formerName }),
      from: ridAt(numbers[link + 2] ?? NONE),
      to: ridAt(numbers[link + 3] ?? NONE),
      permission: numbers[link + 4] ?? 0,
    };
  }
}
