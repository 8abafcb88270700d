import { formatStamp } from '../codec/julian-day';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import { writeTags } from './tag-cards';
import type { Technote } from './types';

/** Length of a stamp without its fraction: `YYYY-MM-DDTHH:MM:SS`. */
const SECONDS_FORM = 19;

/** A note on the timeline. */
export const technoteForm: ArtifactForm<Technote> = { allowed: 'CDENPTUWZ', required: 'DEWZ', fromCards, write };

function fromCards({ comment, date, event, mimetype, parents, tags, user, text }: CardSet): Technote | undefined {
  if (date === undefined || !event || !text) return undefined;
  return {
    type: 'technote',
    ...(comment !== undefined && { comment }),
    date,
    eventDate: event.date,
    eventId: event.id,
    ...(mimetype !== undefined && { mimetype }),
    parents,
    tags,
    ...(user !== undefined && { user }),
    text,
  };
}

function write(technote: Technote, writer: CardWriter): void {
  writer.textCard('C', technote.comment);
  writer.card('D', formatStamp(technote.date));
  writer.card('E', formatStamp(technote.eventDate).slice(0, SECONDS_FORM), technote.eventId);
  writer.textCard('N', technote.mimetype);
  writer.hashesCard('P', technote.parents);
  writeTags(technote.tags, writer);
  writer.textCard('U', technote.user);
  writer.bytesCard(technote.text);
}
