import type { TagCard } from '../artifact/types';
import type { JulianDay, Rid } from '../identifiers';
import type { Repository } from './repository';
import { setTag, type TagType } from './tags';

export const TAG_TYPE: Record<TagCard['sign'], TagType> = { '-': 0, '+': 1, '*': 2 };

/** Sets the tags of an artifact's T-cards; those on artifacts that are shunned go nowhere. */
export function setTagCards(
  repository: Repository,
  cards: { source: Rid; tags: readonly TagCard[]; mtime: JulianDay },
): void {
  const { source, tags, mtime } = cards;
  for (const tag of tags) {
    const target = tag.target === '*' ? source : repository.blobs.ridOrPhantom(tag.target);
    if (target === 0) continue;
    setTag(repository, {
      name: tag.name,
      type: TAG_TYPE[tag.sign],
      value: tag.value ?? null,
      source,
      mtime,
      target,
    });
  }
}
