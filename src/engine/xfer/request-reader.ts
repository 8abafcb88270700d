import { ARTIFACT_LIMIT, HOW_TO_TAKE_LARGER } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Card } from './card';
import { CardParser } from './card-parser';
import type { MessageSource } from './message-source';

/** A card and the offset behind it: a login card signs what follows. */
export interface ReadableCard {
  card: Card;
  end: number;
}

/** The cards of a message; in the end, why the rest cannot be read. */
export type ReadableCards = Generator<ReadableCard, string | undefined, void>;

/**
 * Reads a request card by card, up to the first that cannot be read: what stands before it still counts. Cards are never held
 * together, for a small body can inflate to millions.
 * @param maxCards - cards and blank lines
 * @param artifactLimit - bytes of one artifact
 */
export function* readRequest(source: MessageSource, maxCards: number, artifactLimit = ARTIFACT_LIMIT): ReadableCards {
  try {
    yield* cardsOf(source, maxCards, artifactLimit);
    return undefined;
  } catch (error) {
    // What the owner of the server could do about it is none of the client's affair.
    if (error instanceof EngineError) return error.message.replace(` ${HOW_TO_TAKE_LARGER}`, '');
    throw error;
  }
}

function* cardsOf(source: MessageSource, maxCards: number, artifactLimit: number): Generator<ReadableCard, void> {
  const parser = new CardParser({ payloadLimit: artifactLimit, totalBytes: source.length });
  let count = 0;
  for (const piece of source.read()) {
    parser.push(piece);
    for (let card = parser.next(); card; card = parser.next()) {
      count += card.kind === 'blank' ? card.lines : 1;
      if (count > maxCards)
        throw new EngineError('card-malformed', `The message holds more than ${maxCards} cards. Send it in parts.`);
      yield { card, end: parser.position };
    }
  }
  const last = parser.end();
  if (last) yield { card: last, end: source.length };
}
