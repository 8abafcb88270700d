import type { Hash } from '../identifiers';
import type { Card } from './card';
import { currentToken, receiptOf } from './seen-token';
import { makeClusters } from './server-outflow';
import type { ServerContext, ServerPart } from './server-part';
import { Travel } from './travel';

/** The version of these pragmas that is spoken here (docs/protocol-extensions.md). */
export const SEEN_VERSION = '1';
export const SEEN = 'trilobite-seen';
export const TO_COME = 'trilobite-to-come';
export const UP_TO = 'trilobite-up-to';

/** Tells clients of ours how much is to come, and up to where they have seen this repository then. */
export class SeenServer implements ServerPart {
  #isAsked = false;
  #wantsTotals = false;
  #token: string | undefined;
  /** The receipt that the client's token names. */
  #receipt: number | undefined;
  #travel: Travel | undefined;
  /** What a client that only pushes has seen is known as long as nobody else adds anything. */
  #hasSeenAll = false;

  take(card: Card, context: ServerContext): boolean {
    if (card.kind === 'pragma' && card.name === SEEN) {
      this.#heed(card.parameters, context);
      return true;
    }
    if (card.kind === 'push') this.#hasSeenAll = this.#isUpToDate(context);
    if (card.kind === 'clone' && card.version >= 3 && this.#wantsTotals) this.#announceClone(card.sequence, context);
    return card.kind === 'gimme' && this.#send(card.hash, context);
  }

  finish(context: ServerContext): void {
    if (!this.#isAsked || !context.permissions.mayRead) return;
    if (context.isPulling) {
      // They come, too, so they are made before anything is counted.
      makeClusters(context);
      this.#announce(context);
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

  #isUpToDate({ repository }: ServerContext): boolean {
    return this.#receipt !== undefined && this.#token === currentToken(repository);
  }

  /** Before the first artifact, else at the end. */
  #announce(context: ServerContext): void {
    if (!this.#wantsTotals) return;
    this.#wantsTotals = false;
    const travel = this.#travelOf(context);
    if (travel === undefined) return;
    const { artifacts, bytes } = travel.totals(context.danglingDeltas());
    context.reply.pragma(TO_COME, SEEN_VERSION, artifacts, bytes);
  }

  #announceClone(sequence: number, context: ServerContext): void {
    this.#wantsTotals = false;
    const { permissions, repository, reply, sharesPrivate } = context;
    if (!permissions.mayClone || sharesPrivate || sequence < 1) return;
    const { artifacts, bytes } = new Travel(repository, 0).totalsFrom(sequence, context.danglingDeltas());
    reply.pragma(TO_COME, SEEN_VERSION, artifacts, bytes);
    reply.pragma(UP_TO, SEEN_VERSION, currentToken(repository));
  }

  /** @returns whether the artifact was sent as it had been counted; else it goes as to everybody */
  #send(hash: Hash, context: ServerContext): boolean {
    if (!context.isPulling) return false;
    this.#announce(context);
    const travel = this.#travelOf(context);
    const rid = context.repository.blobs.rid(hash);
    if (travel === undefined || rid === undefined) return false;
    if (travel.isSeen(rid)) {
      // Something has been removed there since: what this client lacks cannot be told from its token.
      this.#receipt = undefined;
      this.#travel = undefined;
      return false;
    }
    if (context.isFull() || context.onRemote.has(rid) || context.danglingDeltas().has(rid)) return false;
    const card = travel.card(rid);
    if (card === undefined) return false;
    context.sendUncompressed();
    context.notOnRemote.add(hash);
    context.reply.compressedFile(hash, card.size, card.container, card.source);
    context.onRemote.add(rid);
    return true;
  }

  /** Only a client whose token is known can be told what is to come; private content is no part of it. */
  #travelOf({ repository, sharesPrivate }: ServerContext): Travel | undefined {
    if (this.#receipt === undefined || sharesPrivate) return undefined;
    return (this.#travel ??= new Travel(repository, this.#receipt));
  }
}
