import { formatStamp } from '../codec/julian-day';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import type { Wiki } from './types';

/** A version of a wiki page. */
export const wikiForm: ArtifactForm<Wiki> = { allowed: 'CDLNPUWZ', required: 'DLUWZ', fromCards, write };

function fromCards({ comment, date, wikiTitle, mimetype, parents, user, text }: CardSet): Wiki | undefined {
  if (date === undefined || wikiTitle === undefined || user === undefined || !text) return undefined;
  return {
    type: 'wiki',
    ...(comment !== undefined && { comment }),
    date,
    title: wikiTitle,
    ...(mimetype !== undefined && { mimetype }),
    parents,
    user,
    text,
  };
}

function write({ comment, date, title, mimetype, parents, user, text }: Wiki, writer: CardWriter): void {
  writer.textCard('C', comment);
  writer.card('D', formatStamp(date));
  writer.textCard('L', title);
  writer.textCard('N', mimetype);
  writer.hashesCard('P', parents);
  writer.textCard('U', user);
  writer.bytesCard(text);
}
