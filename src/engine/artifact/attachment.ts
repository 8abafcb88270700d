import { encodeToken } from '../codec/fossil-encoding';
import { formatStamp } from '../codec/julian-day';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import type { Attachment } from './types';

/** A file attached to a wiki page, ticket or technote. */
export const attachmentForm: ArtifactForm<Attachment> = { allowed: 'ACDNUZ', required: 'ADZ', fromCards, write };

function fromCards({ attachment, comment, date, mimetype, user }: CardSet): Attachment | undefined {
  if (!attachment || date === undefined) return undefined;
  return {
    type: 'attachment',
    ...attachment,
    ...(comment !== undefined && { comment }),
    date,
    ...(mimetype !== undefined && { mimetype }),
    ...(user !== undefined && { user }),
  };
}

function write({ fileName, target, source, comment, date, mimetype, user }: Attachment, writer: CardWriter): void {
  writer.card('A', encodeToken(fileName), encodeToken(target), ...(source === undefined ? [] : [source]));
  writer.textCard('C', comment);
  writer.card('D', formatStamp(date));
  writer.textCard('N', mimetype);
  writer.textCard('U', user);
}
