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

const [LINE_FEED, SPACE, LETTER_T] = [0x0a, 0x20, 0x54];

const NONE: ReadTags = { cards: [], mtime: 0 as JulianDay };

/** What control artifacts say: the tables keep only those tags that count. */
export class ControlReader {
  readonly #blobs: BlobStore;
  readonly #hashing: Hashing;
  readonly #read = new Map<Rid, ReadTags>();
  #lent: ((rid: Rid) => ReadTags | undefined) | undefined;

  constructor(blobs: BlobStore, hashing: Hashing) {
    this.#blobs = blobs;
    this.#hashing = hashing;
  }

  /** The T-cards of an artifact of any type, kept in memory: asked for are controls and what they are about, which is little. */
  tags(rid: Rid): ReadTags {
    const known = this.#read.get(rid);
    if (known !== undefined) return known;
    const lent = this.#lent?.(rid);
    if (lent !== undefined) return lent;
    const content = this.#blobs.contentIfHere(rid);
    // What is not here yet may come.
    if (content === undefined) return NONE;
    const read = this.#tagsIn(content);
    this.#read.set(rid, read);
    return read;
  }

  /** @param tags - tells, until all is forgotten, what need not be read */
  lend(tags: (rid: Rid) => ReadTags | undefined): void {
    this.#lent = tags;
  }

  forgetAll(): void {
    this.#read.clear();
    this.#lent = undefined;
  }

  #tagsIn(content: Uint8Array): ReadTags {
    // Most check-ins have none, and to take all their files apart takes long.
    const artifact = hasTagLine(content) ? parseArtifact(content, this.#hashing) : undefined;
    if (artifact === undefined || !('tags' in artifact)) return NONE;
    return { cards: artifact.tags, mtime: toJulianDay(artifact.date) };
  }
}

/** Whether some line but the first begins as a T-card does. */
function hasTagLine(content: Uint8Array): boolean {
  for (let end = content.indexOf(LINE_FEED); end >= 0; end = content.indexOf(LINE_FEED, end + 1))
    if (content[end + 1] === LETTER_T && content[end + 2] === SPACE) return true;
  return false;
}
