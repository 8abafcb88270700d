import { formatStamp } from '../codec/julian-day';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import { writeTags } from './tag-cards';
import type { Control } from './types';

/** Tags on other artifacts. */
export const controlForm: ArtifactForm<Control> = { allowed: 'DTUZ', required: 'DTUZ', fromCards, write };

function fromCards({ date, tags, user }: CardSet): Control | undefined {
  if (date === undefined || user === undefined || tags.some(({ target }) => target === '*')) return undefined;
  return { type: 'control', date, tags, user };
}

function write({ date, tags, user }: Control, writer: CardWriter): void {
  writer.card('D', formatStamp(date));
  writeTags(tags, writer);
  writer.textCard('U', user);
}
