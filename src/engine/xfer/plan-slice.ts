import type { Rid } from '../identifiers';
import type { PlannedCard, SendingPlan } from './sending-plan';
import type { Steps } from './turns';

/** What one reply holds. */
export interface PlanSlice {
  cards: PlannedCard[];
  /** Index behind it. */
  end: number;
  /** Of the cards, about. */
  bytes: number;
}

export interface SliceOptions {
  /** @param bytes - of the cards so far */
  isFull: (bytes: number) => boolean;
  isLeftOut?: (rid: Rid) => boolean;
  /** Index of the first that is not to be in it. */
  before?: number;
  /** Lets others have their turn. */
  pause: () => Steps<void>;
}

/** Bytes of a card's line with the name of a delta's source. */
const CARD_LINE = 140;

/**
 * The artifacts of a plan that one reply holds, one at least.
 * @param first - index of the first
 */
export function* planSlice(
  plan: SendingPlan,
  first: number,
  { isFull, isLeftOut, before = plan.length, pause }: SliceOptions,
): Steps<PlanSlice> {
  const cards: PlannedCard[] = [];
  let bytes = 0;
  let end = first;
  for (; end < before && (cards.length === 0 || !isFull(bytes)); end++) {
    const planned = plan.planned[end];
    if (planned !== undefined && isLeftOut?.(planned.rid) === true) continue;
    const card = plan.card(end);
    yield* pause();
    if (card === undefined) continue;
    cards.push(card);
    bytes += card.payload.length + CARD_LINE;
  }
  return { cards, end, bytes };
}
