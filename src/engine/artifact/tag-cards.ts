import { encodeToken } from '../codec/fossil-encoding';
import { compareBytes } from '../codec/utf8';
import type { CardWriter } from './card-writer';
import type { TagCard } from './types';

/** Order of T-cards: by name with its sign, then target; `*` comes before every hash. */
export function compareTags(a: TagCard, b: TagCard): number {
  const byName = compareBytes(a.sign + a.name, b.sign + b.name);
  return byName !== 0 ? byName : compareBytes(a.target, b.target);
}

/** Writes T-cards in their order. */
export function writeTags(tags: readonly TagCard[], writer: CardWriter): void {
  for (const { sign, name, target, value } of [...tags].sort(compareTags)) {
    writer.card('T', sign + encodeToken(name), target, ...(value === undefined ? [] : [encodeToken(value)]));
  }
}
