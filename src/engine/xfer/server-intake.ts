import { unpackContainer } from '../codec/container';
import { artifactLimit } from '../codec/size-limits';
import type { Hash } from '../identifiers';
import { CrosslinkSession } from '../repository/crosslink-session';
import { hidePhantom } from '../repository/hide-phantom';
import { receiveArtifact, type ReceivedArtifact } from '../repository/receive';
import { WaitingDeltas } from '../repository/waiting-deltas';
import type { Card, CompressedFileCard, FileCard } from './card';
import { nameOrigin } from './name-origin';
import type { ServerContext, ServerPart } from './server-part';
import type { Steps } from './turns';

/** Gimmes in one reply (fossil.md 2.7). */
const GIMMES = 500;

/** Takes in what a client pushes: artifacts, and the names of more; asks for what is missing. */
export class ServerIntake implements ServerPart {
  #session: CrosslinkSession | undefined;
  #isNextPrivate = false;
  #refusesPrivate = false;
  /** A transaction of this message has ended that stored something. */
  #isContinued = false;
  /** For an artifact that has come. */
  #waiting: WaitingDeltas | undefined;

  /** Whoever may push says so with every message, mostly to bring nothing: that must not wait for others who write. */
  writes(card: Card, context: ServerContext): boolean {
    if (!context.isPushing) return false;
    if (card.kind === 'igot') return isNews(card.hash, card.isPrivate, context);
    return card.kind === 'private' || card.kind === 'file' || card.kind === 'cfile';
  }

  take(card: Card, context: ServerContext): boolean {
    switch (card.kind) {
      case 'private':
        this.#isNextPrivate = true;
        if (!context.permissions.maySharePrivate) this.#refusePrivate(context);
        return true;
      case 'file':
      case 'cfile':
        this.#store(card, context);
        return true;
      case 'igot':
        if (context.isPushing) noteIgot(card.hash, card.isPrivate, context);
        return true;
      default:
        return false;
    }
  }

  proceed(context: ServerContext): boolean {
    if (this.#waiting === undefined) return false;
    if (!this.#waiting.settleNext(this.#begin(context))) this.#waiting = undefined;
    return true;
  }

  interrupt({ repository }: ServerContext): void {
    this.finish();
    this.#session = undefined;
    // The next one has a receipt of its own: what others have seen so far must not grow.
    this.#isContinued ||= repository.hasReceipt;
  }

  finish(): void {
    this.#session?.end();
  }

  *conclude(context: ServerContext): Steps<void> {
    yield* context.pause();
    if (!context.isPushing) return;
    const { repository, reply, sharesPrivate, notOnRemote } = context;
    const wanted = repository.blobs.wanted({ withPrivate: sharesPrivate }).filter((hash) => !notOnRemote.has(hash));
    for (const hash of wanted.slice(0, GIMMES)) reply.card('gimme', hash);
  }

  #store(card: FileCard | CompressedFileCard, context: ServerContext): void {
    const { permissions } = context;
    const isPrivate = this.#isNextPrivate;
    this.#isNextPrivate = false;
    if (!context.isPushing) context.refuse('not authorized to write');
    if (isPrivate && !permissions.maySharePrivate) return;
    const artifact = arriving(card, isPrivate, context);
    const receive = (): void => this.#receive(artifact, context);
    this.#waiting = context.contents && WaitingDeltas.of(context.repository, artifact, receive);
    if (this.#waiting === undefined) receive();
  }

  #receive(artifact: ReceivedArtifact, context: ServerContext): void {
    const rid = receiveArtifact(context.repository, this.#begin(context), artifact);
    context.forgetDanglingDeltas();
    if (rid !== undefined) context.onRemote.add(rid);
    // A delta of something shunned: only a client of ours sends it whole when it is asked again, any other the same delta, for ever.
    else if (!context.isOwnClient) context.notOnRemote.add(artifact.hash);
  }

  #begin(context: ServerContext): CrosslinkSession {
    nameOrigin(context, { isContinued: this.#isContinued });
    rememberNonce(context);
    return (this.#session ??= new CrosslinkSession(context.repository, { isBulk: true }));
  }

  /** Said once: a client announces every private artifact with a card of its own. */
  #refusePrivate({ reply }: ServerContext): void {
    if (!this.#refusesPrivate) reply.notice('error', 'not authorized to sync private content');
    this.#refusesPrivate = true;
  }
}

function arriving(
  card: FileCard | CompressedFileCard,
  isPrivate: boolean,
  { repository: { environment }, contents }: ServerContext,
): ReceivedArtifact {
  const verified = contents?.take(card.hash);
  if (verified !== undefined) return { hash: card.hash, payload: verified, isPrivate, isNamed: true };
  return {
    hash: card.hash,
    payload:
      card.kind === 'file'
        ? card.payload
        : unpackContainer(environment.zlib, card.container, artifactLimit(environment)),
    isPrivate,
    ...(card.deltaSource === undefined ? {} : { deltaSource: card.deltaSource }),
  };
}

/** Also of a message that brings nothing new: sent again, it must not bring back what has been removed meanwhile. */
function rememberNonce({ repository, permissions: { nonce } }: ServerContext): void {
  if (nonce === undefined) return;
  const isKnown = repository.db.prepare('SELECT 1 FROM rcvfrom WHERE nonce=?').get(nonce) !== undefined;
  if (!isKnown) repository.receivedId();
}

/** Whether noting the name changes what is known here. */
function isNews(hash: Hash, isPrivate: boolean, { repository: { blobs } }: ServerContext): boolean {
  const known = blobs.rid(hash);
  if (known === undefined) return true;
  return isPrivate ? blobs.isPhantom(known) : blobs.isPrivate(known);
}

/** Fossil.md 2.4. What waits in private and is announced in public is asked for, else the client would take it for delivered. */
function noteIgot(hash: Hash, isPrivate: boolean, { repository, permissions, onRemote }: ServerContext): void {
  const { blobs } = repository;
  const known = blobs.rid(hash);
  if (known === undefined) {
    if (isPrivate && !permissions.maySharePrivate) return;
    const phantom = blobs.phantomOf(hash, { isPrivate });
    // 0: it is shunned.
    if (phantom !== 0) onRemote.add(phantom);
    return;
  }
  if (isPrivate) hidePhantom(repository, known);
  else if (permissions.maySharePrivate || blobs.isPhantom(known)) blobs.makePublic(known, { isUnsent: false });
  onRemote.add(known);
}
