import type { Card } from './card';
import { cloneTotals } from './clone-totals';
import { unclusteredToAnnounce } from './sendable';
import { planSlice } from './plan-slice';
import { SendingPlan } from './sending-plan';
import { currentToken, newestReceipt, receiptOf } from './seen-token';
import { makeClusters } from './server-outflow';
import type { ServerContext, ServerPart } from './server-part';
import type { Steps } from './turns';

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
  /** Of the end of a transaction of this message. */
  #interruptedAt: string | undefined;

  take(card: Card, context: ServerContext): boolean {
    if (card.kind === 'push') this.#hasSeenAll = this.#isUpToDate(context);
    if (card.kind === 'clone' && card.version >= 3 && this.#wantsTotals) this.#announceClone(card.sequence, context);
    if (card.kind !== 'pragma') return false;
    if (card.name === SEEN) this.#heed(card.parameters, context);
    else if (card.name === SEND) this.#heedSend(card.parameters);
    else return false;
    return true;
  }

  interrupt({ repository }: ServerContext): void {
    if (this.#hasSeenAll) this.#interruptedAt = currentToken(repository);
  }

  /** Others may have added something in between. */
  resume({ repository }: ServerContext): void {
    this.#hasSeenAll &&= this.#interruptedAt === currentToken(repository);
  }

  /** In the transaction: others may add something right behind it. */
  finish(context: ServerContext): void {
    const { isPulling, isPushing, permissions, repository, reply } = context;
    if (!this.#isAsked || !permissions.mayRead || isPulling || !isPushing || !this.#hasSeenAll) return;
    reply.pragma(UP_TO, SEEN_VERSION, currentToken(repository));
  }

  *conclude(context: ServerContext): Steps<void> {
    const { isPulling, permissions, repository, reply, sharesPrivate, takesSha3 } = context;
    if (!this.#isAsked || !permissions.mayRead || !isPulling) return;
    // They are sent, too.
    makeClusters(context);
    // Who does not say that it takes SHA3 names is told of each that it cannot have, and goes on by asking.
    const receipt = this.#isToSend && !sharesPrivate && takesSha3 ? this.#receipt : undefined;
    if (receipt !== undefined && !(yield* this.#send(receipt, context))) return;
    // What is added from here on is announced behind it.
    reply.pragma(
      UP_TO,
      SEEN_VERSION,
      repository.snapshot(() => currentToken(repository)),
    );
  }

  #heed([version, token, request]: readonly string[], context: ServerContext): void {
    context.isOwnClient = true;
    if (version !== SEEN_VERSION || token === undefined) return;
    this.#isAsked = true;
    this.#wantsTotals = request === 'totals';
    this.#receipt = receiptOf(context.repository, token);
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
  *#send(receipt: number, context: ServerContext): Steps<boolean> {
    const { repository, reply, onRemote } = context;
    const pause = (): Steps<void> => context.pause();
    const planned = repository.snapshot(() => this.#planFor(receipt, context));
    if (planned === undefined) return true;
    const { plan, upTo, index } = planned;
    const slice = yield* planSlice(plan, index, {
      isFull: (bytes) => context.isFull(bytes),
      isLeftOut: (rid) => onRemote.has(rid),
      pause,
    });
    // Nothing is announced before all has been sent: most of it would be.
    const announced = slice.end < plan.length ? unclusteredToAnnounce(repository) : [];
    const rest = yield* plan.measure.rest(slice.end, { replyBytes: slice.bytes, names: announced.length, pause });
    reply.pragma(SENDING, SEEN_VERSION, upTo, index);
    reply.pragma(TO_COME, SEEN_VERSION, slice.cards.length + rest.artifacts, rest.bytes, rest.deviation);
    for (const { rid, hash, payload, source } of slice.cards) {
      reply.file(hash, payload, source);
      onRemote.add(rid);
      context.sent.add(rid);
    }
    reply.pragma(SENDING, SEEN_VERSION, upTo, slice.end);
    for (const { rid } of announced) onRemote.add(rid);
    return rest.artifacts === 0;
  }

  /** A plan is as old as the client says, if it can have been made. */
  #planFor(seen: number, context: ServerContext): { plan: SendingPlan; upTo: number; index: number } | undefined {
    const { repository } = context;
    const newest = newestReceipt(repository);
    const { upTo, index } =
      this.#position === undefined || this.#position.upTo > newest ? { upTo: newest, index: 0 } : this.#position;
    const plan = SendingPlan.of(repository, { seen, upTo }, context.danglingDeltas());
    return plan && { plan, upTo, index: Math.min(index, plan.length) };
  }
}
