import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import type { Artifact } from './types';

/** What sets one artifact type apart (fossil.md 7.1). */
export interface ArtifactForm<T extends Artifact> {
  /** Letters of the cards it may have. */
  allowed: string;
  /** Letters of the cards it must have. */
  required: string;
  /**
   * @param cards - with all required cards and none but allowed ones
   * @returns undefined when the cards do not go together
   */
  fromCards: (cards: CardSet) => T | undefined;
  /** Writes all cards but Z, in order. */
  write: (artifact: T, writer: CardWriter) => void;
}
