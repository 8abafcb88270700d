import { encodeToken } from '../codec/fossil-encoding';
import { formatStamp } from '../codec/julian-day';
import { compareBytes } from '../codec/utf8';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import type { TicketChange } from './types';

/** A change of a ticket's fields. */
export const ticketForm: ArtifactForm<TicketChange> = { allowed: 'DJKUZ', required: 'DJKUZ', fromCards, write };

function fromCards({ date, fields, ticket, user }: CardSet): TicketChange | undefined {
  if (date === undefined || ticket === undefined || user === undefined) return undefined;
  return { type: 'ticket', date, fields, ticket, user };
}

function write({ date, fields, ticket, user }: TicketChange, writer: CardWriter): void {
  writer.card('D', formatStamp(date));
  const named = fields.map(({ name, isAppend, value }) => ({ name: (isAppend ? '+' : '') + name, value }));
  // An empty value still has its space, as Fossil writes it.
  for (const { name, value } of named.sort((a, b) => compareBytes(a.name, b.name))) {
    writer.card('J', name, encodeToken(value));
  }
  writer.card('K', ticket);
  writer.textCard('U', user);
}
