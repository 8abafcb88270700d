import { hasUnforgedName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { applyDelta, deltaTargetSize } from '../codec/delta-apply';
import { artifactLimit } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash } from '../identifiers';
import { letGo } from '../platform/let-go';
import type { Repository } from '../repository/repository';
import type { Card, CompressedFileCard, FileCard } from './card';
import type { ReadableCards } from './request-reader';
import type { Steps } from './turns';

/** Bytes that are held of one message, and of all messages under way. */
const MOST_OF_ONE = 64 * 1024 * 1024;
const MOST_OF_ALL = 128 * 1024 * 1024;
/** Others have their turn after about this long. */
const SLICE_MS = 50;

type Arriving = FileCard | CompressedFileCard;

/** A delta whose source has not come. */
interface Deferred {
  hash: Hash;
  source: Hash;
  delta: Uint8Array;
}

/**
 * The artifacts of a message, found to have their names before anything of it is stored: then it can be stored bit by bit. Their contents are held as
 * long as there is room: the others are read, and verified, once more.
 */
export class VerifiedContents {
  static #held = 0;
  readonly #repository: Repository;
  /** In the order in which they were verified. */
  readonly #contents = new Map<Hash, Uint8Array>();
  readonly #met = new Set<Hash>();
  /** By the name of what they are deltas of. */
  readonly #deferred = new Map<Hash, Deferred[]>();
  /** Whose source has come. */
  readonly #ready: Deferred[] = [];
  /** Verified, and not held. */
  readonly #gone = new Set<Hash>();
  #bytes = 0;

  private constructor(repository: Repository) {
    this.#repository = repository;
  }

  /**
   * What waits for a source that is not here is left out: nobody can tell yet what it is.
   * @param cards - of the message, from the first one that writes
   * @param options.isOther - whether a card stores something besides artifacts
   * @returns undefined where the message is not to be taken apart: something in it is wrong, or else than artifacts, or very large
   */
  static *of(
    repository: Repository,
    cards: ReadableCards,
    { isOther }: { isOther: (card: Card) => boolean },
  ): Steps<VerifiedContents | undefined> {
    const verified = new VerifiedContents(repository);
    let isWhole = false;
    try {
      if (!(yield* verified.#takeAll(cards, isOther)) || !verified.#areFitToWait()) return undefined;
      verified.#forgetDeferred();
      isWhole = true;
      return verified;
    } finally {
      if (!isWhole) verified.forget();
    }
  }

  /** The content of an artifact, once. */
  take(hash: Hash): Uint8Array | undefined {
    const content = this.#contents.get(hash);
    if (content !== undefined) this.#drop(hash, content);
    return content;
  }

  /** To be called in the end. */
  forget(): void {
    this.#contents.clear();
    this.#deferred.clear();
    this.#ready.length = 0;
    this.#count(-this.#bytes);
  }

  /** @returns false for what is wrong */
  *#takeAll(cards: ReadableCards, isOther: (card: Card) => boolean): Steps<boolean> {
    const { clock } = this.#repository.environment;
    for (;;) {
      const end = clock.now() + SLICE_MS;
      const isRight = this.#repository.snapshot(() => {
        do {
          const isRight = this.#takeNext(cards, isOther);
          if (isRight !== undefined) return isRight;
        } while (clock.now() < end);
        return undefined;
      });
      if (isRight !== undefined) return isRight;
      yield;
    }
  }

  /** @returns whether all was right, at the end or where it was not */
  #takeNext(cards: ReadableCards, isOther: (card: Card) => boolean): boolean | undefined {
    const ready = this.#ready.pop();
    if (ready !== undefined) {
      this.#count(-ready.delta.length);
      return this.#unlessWrong(() => this.#verify(ready.hash, ready.source, ready.delta));
    }
    const step = cards.next();
    if (step.done === true) return true;
    const { card } = step.value;
    if (!isOfArtifacts(card) || isOther(card)) return false;
    if (card.kind !== 'file' && card.kind !== 'cfile') return undefined;
    if (this.#met.has(card.hash)) return undefined;
    this.#met.add(card.hash);
    return this.#unlessWrong(() => this.#takeArtifact(card));
  }

  #unlessWrong(work: () => boolean): false | undefined {
    try {
      return work() ? undefined : false;
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  #takeArtifact(card: Arriving): boolean {
    const { blobs, environment } = this.#repository;
    const known = blobs.rid(card.hash);
    if (known !== undefined && blobs.isReadable(known)) return true;
    const payload = payloadOf(card, environment);
    return this.#verify(card.hash, card.deltaSource, payload);
  }

  #verify(hash: Hash, deltaSource: Hash | undefined, payload: Uint8Array): boolean {
    const size = deltaSource === undefined ? payload.length : deltaTargetSize(payload);
    // A short delta may make something very large.
    if (size > MOST_OF_ONE) {
      letGo(payload);
      return false;
    }
    const content = deltaSource === undefined ? payload : this.#applied(deltaSource, payload);
    if (content === undefined)
      return deltaSource !== undefined && this.#defer({ hash, source: deltaSource, delta: payload });
    if (!hasUnforgedName(this.#repository.environment.hash, content, hash)) return false;
    this.#ready.push(...(this.#deferred.get(hash) ?? []));
    this.#deferred.delete(hash);
    this.#hold(hash, content);
    return true;
  }

  /** Undefined: what it is a delta of has not come. */
  #applied(deltaSource: Hash, delta: Uint8Array): Uint8Array | undefined {
    const { blobs, environment } = this.#repository;
    const rid = blobs.rid(deltaSource);
    const stored = rid !== undefined && blobs.isReadable(rid) ? blobs.content(rid) : undefined;
    const source = stored ?? this.#contents.get(deltaSource);
    const content = source && applyDelta(source, delta, undefined, artifactLimit(environment));
    if (stored !== undefined) letGo(stored);
    return content;
  }

  /** @returns false where there is no room, and for a delta of what has come and is not held any more */
  #defer(deferred: Deferred): boolean {
    const { length } = deferred.delta;
    if (this.#gone.has(deferred.source) || !this.#makeRoom(length)) return false;
    // A view of something longer would keep that in memory.
    const others = this.#deferred.get(deferred.source) ?? [];
    others.push({ ...deferred, delta: new Uint8Array(deferred.delta) });
    this.#deferred.set(deferred.source, others);
    this.#count(length);
    return true;
  }

  #hold(hash: Hash, content: Uint8Array): void {
    if (!this.#makeRoom(content.length)) {
      this.#gone.add(hash);
      return;
    }
    this.#contents.set(hash, content.length < content.buffer.byteLength ? new Uint8Array(content) : content);
    this.#count(content.length);
  }

  /** Lets go of what was verified first. @returns whether there is room then */
  #makeRoom(bytes: number): boolean {
    const isThere = (): boolean => this.#bytes + bytes <= MOST_OF_ONE && VerifiedContents.#held + bytes <= MOST_OF_ALL;
    for (const [hash, content] of this.#contents) {
      if (isThere()) break;
      this.#drop(hash, content);
      this.#gone.add(hash);
    }
    return isThere();
  }

  #drop(hash: Hash, content: Uint8Array): void {
    this.#contents.delete(hash);
    this.#count(-content.length);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    VerifiedContents.#held += bytes;
  }

  /**
   * Whoever waits for another one that waits may close a circle, in the store or in the message: that is for the store to see, all in one
   * transaction.
   */
  #areFitToWait(): boolean {
    const { blobs, environment } = this.#repository;
    const waiting = [...this.#deferred.values()].flat();
    const sources = new Map(waiting.map(({ hash, source }) => [hash, source]));
    const areSizesRight = waiting.every(({ delta }) => deltaTargetSize(delta) <= artifactLimit(environment));
    return (
      areSizesRight &&
      !goRound(sources) &&
      this.#repository.snapshot(() =>
        waiting.every(({ source }) => {
          const rid = blobs.rid(source);
          return rid === undefined || blobs.isPhantom(rid);
        }),
      )
    );
  }

  #forgetDeferred(): void {
    for (const { delta } of [...this.#deferred.values()].flat()) this.#count(-delta.length);
    this.#deferred.clear();
  }
}

/** Whether deltas are, by way of others, deltas of themselves. */
function goRound(sources: ReadonlyMap<Hash, Hash>): boolean {
  const settled = new Set<Hash>();
  for (const start of sources.keys()) {
    const chain = new Set<Hash>();
    for (let name: Hash | undefined = start; name !== undefined && !settled.has(name); name = sources.get(name)) {
      if (chain.has(name)) return true;
      chain.add(name);
    }
    for (const name of chain) settled.add(name);
  }
  return false;
}

/** What nobody else need be asked about, and what may be said between artifacts. */
function isOfArtifacts({ kind }: Card): boolean {
  return (
    kind === 'file' ||
    kind === 'cfile' ||
    kind === 'private' ||
    kind === 'igot' ||
    kind === 'gimme' ||
    kind === 'push' ||
    kind === 'pull' ||
    kind === 'pragma' ||
    kind === 'cookie' ||
    kind === 'comment' ||
    kind === 'blank'
  );
}

function payloadOf(card: Arriving, environment: Repository['environment']): Uint8Array {
  return card.kind === 'file'
    ? card.payload
    : unpackContainer(environment.zlib, card.container, artifactLimit(environment));
}
