import { formatArtifact } from '../../../src/engine/artifact/format';
import type { Artifact } from '../../../src/engine/artifact/types';
import { nameOf } from '../../../src/engine/codec/artifact-name';
import type { Hash } from '../../../src/engine/identifiers';
import type { Hashing } from '../../../src/engine/platform/hash';
import { sealed } from '../artifact-text';
import type { Seeded } from '../seeded';

export interface ComposedArtifact {
  hash: Hash;
  bytes: Uint8Array;
  isPrivate: boolean;
}

export interface ComposeOptions {
  /** What the artifact is named by; default SHA3-256. */
  algorithm?: 'sha1' | 'sha3-256';
  isPrivate?: boolean;
}

/** Composes artifacts that refer to each other, at times that advance by themselves. */
export class Composer {
  readonly artifacts: ComposedArtifact[] = [];
  readonly #hashing: Hashing;
  #now: number;

  /** @param start - Unix milliseconds before the first artifact */
  constructor(
    hashing: Hashing,
    readonly seeded: Seeded,
    start: number,
  ) {
    this.#hashing = hashing;
    this.#now = start;
  }

  /** The next moment, seconds or minutes after the last one. @returns Unix milliseconds */
  next(): number {
    this.#now += 2000 + this.seeded.below(500_000);
    return this.#now;
  }

  /** Adds a well-formed artifact. @returns its name */
  add(artifact: Artifact, options: ComposeOptions = {}): Hash {
    return this.content(formatArtifact(artifact, this.#hashing), options);
  }

  /** Adds an artifact of cards as they stand; the Z-card is put behind. @returns its name */
  cards(text: string, options: ComposeOptions = {}): Hash {
    return this.content(sealed(text), options);
  }

  /** Adds any content. @returns its name */
  content(content: string | Uint8Array, { algorithm = 'sha3-256', isPrivate = false }: ComposeOptions = {}): Hash {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const hash = nameOf(this.#hashing, bytes, algorithm);
    if (!this.artifacts.some((known) => known.hash === hash)) this.artifacts.push({ hash, bytes, isPrivate });
    return hash;
  }

  /** A name that no artifact has. */
  unknown(length: 40 | 64 = 64): Hash {
    return Array.from({ length }, () => this.seeded.below(16).toString(16)).join('') as Hash;
  }

  /** A ticket's or technote's id: 40 digits. */
  id(): string {
    return this.unknown(40);
  }
}

/** @returns `text` as bytes, for the cards that hold bytes */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
