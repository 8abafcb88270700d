import { createHash } from 'node:crypto';
import { packContainer, unpackContainer } from '../../src/engine/codec/container';
import type { Hash } from '../../src/engine/identifiers';
import type { Hashing } from '../../src/engine/platform/hash';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import type { Card } from '../../src/engine/xfer/card';
import { loginCard } from '../../src/engine/xfer/login';
import { isPlainType } from '../../src/engine/xfer/message-reader';
import { messageInMemory } from '../../src/engine/xfer/message-source';
import { readRequest } from '../../src/engine/xfer/request-reader';
import type { Remote } from '../../src/engine/xfer/remote';
import type { Seeded } from '../support/seeded';

/** Bytes of a message that travels in a simulation. */
const LIMIT = 64 * 1024 * 1024;
/** More cards than any of them has. */
const MOST_CARDS = 1_000_000;

interface Message {
  contentType: string;
  body: Uint8Array;
}

/** Changes the text of a message, which may be changed in place. @returns undefined when there is nothing to change */
export type Forgery = (plain: Uint8Array) => Uint8Array | undefined;

/** Sits on the line and changes messages. It knows the users' secrets, too. */
export class Forger {
  /** @param secretOf - a user's shared secret */
  constructor(
    private readonly hash: Hashing,
    private readonly seeded: Seeded,
    private readonly secretOf: (user: string) => string,
  ) {}

  /** What a message is in a trace: the same bytes, the same text. */
  fingerprint({ body }: Message): string {
    return `${body.length}:${createHash('sha1').update(body).digest('hex').slice(0, 8)}`;
  }

  /** Names of the artifacts that a message brings. */
  static contents(message: Message): Hash[] {
    return cardsOf(Forger.plain(message)).flatMap((card) => (card.kind === 'file' ? [card.hash] : []));
  }

  /** The text of a message without its container. */
  static plain({ contentType, body }: Message): Uint8Array {
    if (isPlainType(contentType) || body.length <= 4) return body;
    return unpackContainer(nodeZlib, body, LIMIT);
  }

  /** Puts other content under the name of an artifact. */
  readonly otherContent: Forgery = (plain) => (this.#spoil(cardsOf(plain)) ? plain : undefined);

  /** @returns undefined when there is nothing to forge */
  forgeReply<M extends Message>(reply: M, forgery: Forgery): M | undefined {
    const plain = forgery(Forger.plain(reply).slice());
    return plain && { ...reply, body: packedAs(reply, plain) };
  }

  /** The same for a request, signed anew. */
  forgeRequest<M extends Message>(request: M, { user }: Remote, forgery: Forgery): M | undefined {
    const plain = forgery(Forger.plain(request).slice());
    if (plain === undefined) return undefined;
    const isSigned = String.fromCharCode(...plain.subarray(0, 6)) === 'login ';
    if (!isSigned || user === undefined) return { ...request, body: packedAs(request, plain) };
    const rest = plain.subarray(plain.indexOf(10) + 1);
    const signed = Buffer.concat([loginCard(this.hash, user, this.secretOf(user), rest), rest]);
    return { ...request, body: packedAs(request, signed) };
  }

  /** Changes a byte of one payload, in place. */
  #spoil(cards: readonly Card[]): boolean {
    const payloads = cards.flatMap((card) => (card.kind === 'file' && card.payload.length > 0 ? [card.payload] : []));
    if (payloads.length === 0) return false;
    const payload = this.seeded.pick(payloads);
    const at = this.seeded.below(payload.length);
    payload[at] = (payload[at] ?? 0) ^ (1 << this.seeded.below(7));
    return true;
  }
}

function cardsOf(plain: Uint8Array): Card[] {
  return [...readRequest(messageInMemory(plain), MOST_CARDS)].map(({ card }) => card);
}

function packedAs({ contentType }: Message, plain: Uint8Array): Uint8Array {
  return isPlainType(contentType) ? plain : packContainer(nodeZlib, plain);
}
