import { parseArtifact } from '../artifact/parse';
import type { TagCard } from '../artifact/types';
import { toJulianDay } from '../codec/julian-day';
import type { JulianDay, Rid } from '../identifiers';
import type { Hashing } from '../platform/hash';
import type { BlobStore } from './blob-store';

/** T-cards of an artifact. */
export interface ReadTags {
  cards: readonly TagCard[];
  mtime: JulianDay;
}

const NONE: ReadTags = { cards: [], mtime: 0 as JulianDay };

/** What control artifacts say: the tables keep only those tags that count. */
export class ControlReader {
  readonly #blobs: BlobStore;
  readonly #hashing: Hashing;
  readonly #read = new Map<Rid, ReadTags>();

  constructor(blobs: BlobStore, hashing: Hashing) {
    this.#blobs = blobs;
    this.#hashing = hashing;
  }

  /** The T-cards of an artifact, kept in memory: for control artifacts and what they are about, which is little. */
  kept(rid: Rid): ReadTags {
    const known = this.#read.get(rid) ?? this.tags(rid);
    this.#read.set(rid, known);
    return known;
  }

  /** The T-cards of an artifact of any type. */
  tags(rid: Rid): ReadTags {
    const content = this.#blobs.contentIfHere(rid);
    const artifact = content === undefined ? undefined : parseArtifact(content, this.#hashing);
    if (artifact === undefined || !('tags' in artifact)) return NONE;
    return { cards: artifact.tags, mtime: toJulianDay(artifact.date) };
  }

  forgetAll(): void {
    this.#read.clear();
  }
}
