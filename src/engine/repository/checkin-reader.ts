import { parseArtifact } from '../artifact/parse';
import type { Checkin } from '../artifact/types';
import type { Rid } from '../identifiers';
import type { Hashing } from '../platform/hash';
import type { BlobStore } from './blob-store';
import { type FileSet, hasHash } from './file-differences';

/** F-cards kept in memory, over all parsed check-ins; they hold on to the texts of their manifests. */
const CACHED_FILES = 20_000;
/** However long they are: a check-in and its parent, and the baselines of both. */
const CACHED_AT_LEAST = 4;

interface ParsedCheckin {
  checkin: Checkin;
  /** Resolved against the baseline, at first use. */
  files?: FileSet | undefined;
}

/** Parsed check-ins by rid, the latest used kept. */
export class CheckinReader {
  readonly #blobs: BlobStore;
  readonly #hashing: Hashing;
  readonly #parsed = new Map<Rid, ParsedCheckin>();
  #files = 0;

  constructor(blobs: BlobStore, hashing: Hashing) {
    this.#blobs = blobs;
    this.#hashing = hashing;
  }

  /** @returns undefined when the artifact is not here or is no check-in */
  checkin(rid: Rid): Checkin | undefined {
    return this.#get(rid)?.checkin;
  }

  /** Takes over a check-in that has just been parsed. */
  remember(rid: Rid, checkin: Checkin): void {
    this.#forget(rid);
    this.#parsed.set(rid, { checkin });
    this.#files += checkin.files.length;
    for (const oldest of this.#parsed.keys()) {
      if (this.#files <= CACHED_FILES || this.#parsed.size <= CACHED_AT_LEAST) break;
      this.#forget(oldest);
    }
  }

  /** All files of a check-in. @returns undefined when it or its baseline is not here */
  files(rid: Rid): FileSet | undefined {
    const parsed = this.#get(rid);
    if (parsed === undefined) return undefined;
    parsed.files ??= this.#resolve(parsed.checkin);
    return parsed.files;
  }

  forgetAll(): void {
    this.#parsed.clear();
    this.#files = 0;
  }

  #get(rid: Rid): ParsedCheckin | undefined {
    const known = this.#parsed.get(rid);
    if (known !== undefined) {
      this.#parsed.delete(rid);
      this.#parsed.set(rid, known);
      return known;
    }
    const content = this.#blobs.contentIfHere(rid);
    const artifact = content === undefined ? undefined : parseArtifact(content, this.#hashing);
    if (artifact?.type !== 'checkin') return undefined;
    this.remember(rid, artifact);
    return this.#parsed.get(rid);
  }

  #resolve(checkin: Checkin): FileSet | undefined {
    if (checkin.baseline === undefined) return new Map(checkin.files.filter(hasHash).map((card) => [card.name, card]));
    const baselineRid = this.#blobs.rid(checkin.baseline);
    const baseline = baselineRid === undefined ? undefined : this.checkin(baselineRid);
    if (baselineRid === undefined || baseline === undefined || baseline.baseline !== undefined) return undefined;
    const files = new Map(this.files(baselineRid) ?? []);
    for (const card of checkin.files) {
      if (hasHash(card)) files.set(card.name, card);
      else files.delete(card.name);
    }
    return files;
  }

  #forget(rid: Rid): void {
    const parsed = this.#parsed.get(rid);
    if (parsed === undefined) return;
    this.#parsed.delete(rid);
    this.#files -= parsed.checkin.files.length;
  }
}
