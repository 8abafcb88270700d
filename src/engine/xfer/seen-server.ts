import type { Card } from './card';
import { cloneTotals } from './clone-totals';
import { unclusteredToAnnounce } from './sendable';
import { SendingPlan } from './sending-plan';
import { currentToken, newestReceipt, receiptOf } from './seen-token';
import { makeClusters } from './server-outflow';
import type { ServerContext, ServerPart } from './server-part';

/** The version of these pragmas that is spoken here (docs/protocol-extensions.md). */
export const SEEN_VERSION = '1';
export const SEEN = 'trilobite-seen';
export const SEND = 'trilobite-send';
export const SENDING = 'trilobite-sending';
export const TO_COME = 'trilobite-to-come';
export const UP_TO = 'trilobite-up-to';

const NUMBER = /^\d{1,15}$/;

/** Sends clients of ours what they lack, and tells them how much is to come and up to where they have seen this repository then. */
export class SeenServer implements ServerPart {
  #isAsked = false;
  #wantsTotals = false;
  #token: string | undefined;
  /** The receipt that the client's token names. */
  #receipt: number | undefined;
  /** Where the client goes on: the newest receipt of a plan, and an index in it. */
  #position: { upTo: number; index: number } | undefined;
  #isToSend = false;
  /** What a client that only pushes has seen is known as long as nobody else adds anything. */
  #hasSeenAll = false;

  take(card: Card, context: ServerContext): boolean {
    if (card.kind === 'push') this.#hasSeenAll = this.#isUpToDate(context);
    if (card.kind === 'clone' && card.version >= 3 && this.#wantsTotals) this.#announceClone(card.sequence, context);
    if (card.kind !== 'pragma') return false;
    if (card.name === SEEN) this.#heed(card.parameters, context);
    else if (card.name === SEND) this.#heedSend(card.parameters);
    else return false;
    return true;
  }

  finish(context: ServerContext): void {
    if (!this.#isAsked || !context.permissions.mayRead) return;
    if (context.isPulling) {
      // They are sent, too.
      makeClusters(context);
      const receipt = this.#isToSend && !context.sharesPrivate ? this.#receipt : undefined;
      if (receipt !== undefined && !this.#send(receipt, context)) return;
    }
    if (context.isPulling || (context.isPushing && this.#hasSeenAll)) {
      context.reply.pragma(UP_TO, SEEN_VERSION, currentToken(context.repository));
    }
  }

  #heed([version, token, request]: readonly string[], { repository }: ServerContext): void {
    if (version !== SEEN_VERSION || token === undefined) return;
    this.#isAsked = true;
    this.#wantsTotals = request === 'totals';
    this.#receipt = receiptOf(repository, token);
    this.#token = token;
  }

  #heedSend([version, plan, index]: readonly string[]): void {
    if (version !== SEEN_VERSION) return;
    this.#isToSend = true;
    if (plan === undefined || index === undefined || !NUMBER.test(plan) || !NUMBER.test(index)) return;
    this.#position = { upTo: Number(plan), index: Number(index) };
  }

  #isUpToDate({ repository }: ServerContext): boolean {
    return this.#receipt !== undefined && this.#token === currentToken(repository);
  }

  #announceClone(sequence: number, context: ServerContext): void {
    this.#wantsTotals = false;
    const { permissions, repository, reply, sharesPrivate } = context;
    if (!permissions.mayClone || sharesPrivate || sequence < 1) return;
    const { artifacts, bytes } = cloneTotals(repository, sequence, context.danglingDeltas());
    reply.pragma(TO_COME, SEEN_VERSION, artifacts, bytes);
    reply.pragma(UP_TO, SEEN_VERSION, currentToken(repository));
  }

  /**
   * As much as the reply has room for, and before it what will be left then.
   * @returns whether that is nothing
   */
  #send(receipt: number, context: ServerContext): boolean {
    const { repository, reply, onRemote } = context;
    const dangling = context.danglingDeltas();
    const { upTo, index } = this.#position ?? { upTo: newestReceipt(repository), index: 0 };
    const plan = SendingPlan.of(repository, { seen: receipt, upTo }, (rid) => onRemote.has(rid) || dangling.has(rid));
    const first = Math.min(index, plan.length);
    const slice = plan.slice(first, (bytes) => context.isFull(bytes));
    // Nothing is announced before all has been sent: most of it would be.
    const announced = slice.end < plan.length ? unclusteredToAnnounce(repository) : [];
    const rest = plan.rest(slice.end, slice.bytes, announced.length);
    reply.pragma(SENDING, SEEN_VERSION, upTo, first);
    reply.pragma(TO_COME, SEEN_VERSION, slice.cards.length + rest.artifacts, rest.bytes, rest.deviation);
    for (const { rid, hash, payload, source } of slice.cards) {
      reply.file(hash, payload, source);
      onRemote.add(rid);
      context.sent.add(rid);
    }
    for (const { rid } of announced) onRemote.add(rid);
    return rest.artifacts === 0;
  }
}
