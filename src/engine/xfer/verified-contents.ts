import { hasUnforgedName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { applyDelta, deltaTargetSize } from '../codec/delta-apply';
import { artifactLimit } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash } from '../identifiers';
import type { Clock } from '../platform/clock';
import { letGo } from '../platform/let-go';
import type { Repository } from '../repository/repository';
import type { Card, CompressedFileCard, FileCard } from './card';
import type { ReadableCards } from './request-reader';
import type { Steps } from './turns';

/** Bytes of the contents of one message, and of all messages under way with what they bring, that are held at once. */
const MOST_OF_ONE = 64 * 1024 * 1024;
const MOST_OF_ALL = 128 * 1024 * 1024;
/** Others have their turn after about this long. */
const SLICE_MS = 50;

type Arriving = FileCard | CompressedFileCard;

/** The full artifacts of a message, found to have their names before anything of it is stored: then it can be stored bit by bit. */
export class VerifiedContents {
  static #held = 0;
  readonly #contents = new Map<Hash, Uint8Array>();
  #bytes = 0;

  /**
   * What waits for a source that is not here is left out: nobody can tell yet what it is.
   * @param cards - of the message, from the first one that writes
   * @param options.bytes - of them
   * @param options.isOther - whether a card stores something besides artifacts
   * @returns undefined where the message is not to be taken apart: something in it is wrong, or else than artifacts, or very large
   */
  static *of(
    repository: Repository,
    cards: ReadableCards,
    { isOther, bytes }: { isOther: (card: Card) => boolean; bytes: number },
  ): Steps<VerifiedContents | undefined> {
    if (VerifiedContents.#held + bytes > MOST_OF_ALL) return undefined;
    VerifiedContents.#held += bytes;
    try {
      const files = yield* filesOf(cards, isOther, repository.environment.clock);
      const ordered = files && sourcesFirst(files);
      return ordered && (yield* VerifiedContents.#allOf(repository, ordered));
    } finally {
      VerifiedContents.#held -= bytes;
    }
  }

  static *#allOf(repository: Repository, ordered: readonly Arriving[]): Steps<VerifiedContents | undefined> {
    const { clock } = repository.environment;
    const verified = new VerifiedContents();
    let isWhole = false;
    try {
      for (let next = 0; next < ordered.length;) {
        const end = clock.now() + SLICE_MS;
        const areRight = repository.snapshot(() => {
          do if (!verified.#verify(repository, ordered[next++] as Arriving)) return false;
          while (next < ordered.length && clock.now() < end);
          return true;
        });
        if (!areRight) return undefined;
        yield;
      }
      isWhole = true;
      return verified;
    } finally {
      if (!isWhole) verified.forget();
    }
  }

  /** The content of an artifact, once. */
  take(hash: Hash): Uint8Array | undefined {
    const content = this.#contents.get(hash);
    if (content !== undefined) {
      this.#contents.delete(hash);
      this.#count(-content.length);
    }
    return content;
  }

  /** To be called in the end. */
  forget(): void {
    this.#contents.clear();
    this.#count(-this.#bytes);
  }

  /** @returns false for what is wrong, and for what has no room */
  #verify(repository: Repository, card: Arriving): boolean {
    const { blobs, environment } = repository;
    const known = blobs.rid(card.hash);
    if (known !== undefined && blobs.isReadable(known)) return true;
    try {
      const payload = payloadOf(card, environment);
      if (!this.#hasRoomFor(card.deltaSource === undefined ? payload.length : deltaTargetSize(payload))) return false;
      const content = this.#contentOf(repository, card.deltaSource, payload);
      if (content === undefined) return isFitToWait(repository, card.deltaSource, payload);
      if (!hasUnforgedName(environment.hash, content, card.hash)) return false;
      this.#contents.set(card.hash, content);
      this.#count(content.length);
      return true;
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  /** A short delta may make something very large. */
  #hasRoomFor(size: number): boolean {
    return this.#bytes + size <= MOST_OF_ONE && VerifiedContents.#held + size <= MOST_OF_ALL;
  }

  /** Undefined: what it is a delta of is not here. */
  #contentOf(
    { blobs, environment }: Repository,
    deltaSource: Hash | undefined,
    payload: Uint8Array,
  ): Uint8Array | undefined {
    if (deltaSource === undefined) return payload;
    const rid = blobs.rid(deltaSource);
    const stored = rid !== undefined && blobs.isReadable(rid) ? blobs.content(rid) : undefined;
    const source = stored ?? this.#contents.get(deltaSource);
    const content = source && applyDelta(source, payload, undefined, artifactLimit(environment));
    if (stored !== undefined) letGo(stored);
    return content;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    VerifiedContents.#held += bytes;
  }
}

/** @returns undefined where a card brings else than artifacts */
function* filesOf(
  cards: ReadableCards,
  isOther: (card: Card) => boolean,
  clock: Clock,
): Steps<Map<Hash, Arriving> | undefined> {
  const files = new Map<Hash, Arriving>();
  let until = clock.now() + SLICE_MS;
  for (let step = cards.next(); step.done !== true; step = cards.next()) {
    const { card } = step.value;
    if (!isOfArtifacts(card) || isOther(card)) return undefined;
    if ((card.kind === 'file' || card.kind === 'cfile') && !files.has(card.hash)) files.set(card.hash, card);
    if (clock.now() < until) continue;
    yield;
    until = clock.now() + SLICE_MS;
  }
  return files;
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

/** @returns deltas behind what they are deltas of, where both are there; undefined where they go round in a circle */
function sourcesFirst(files: ReadonlyMap<Hash, Arriving>): Arriving[] | undefined {
  const ordered = new Set<Arriving>();
  for (const card of files.values()) {
    const chain = new Set<Arriving>();
    let next: Arriving | undefined = card;
    while (next !== undefined && !ordered.has(next)) {
      if (chain.has(next)) return undefined;
      chain.add(next);
      next = next.deltaSource === undefined ? undefined : files.get(next.deltaSource);
    }
    for (const link of [...chain].reverse()) ordered.add(link);
  }
  return [...ordered];
}

/** Whoever waits for another one that waits may close a circle: that is for the store to see, all in one transaction. */
function isFitToWait({ blobs, environment }: Repository, deltaSource: Hash | undefined, delta: Uint8Array): boolean {
  const source = deltaSource === undefined ? undefined : blobs.rid(deltaSource);
  if (source !== undefined && !blobs.isPhantom(source)) return false;
  return deltaTargetSize(delta) <= artifactLimit(environment);
}

function payloadOf(card: Arriving, environment: Repository['environment']): Uint8Array {
  return card.kind === 'file'
    ? card.payload
    : unpackContainer(environment.zlib, card.container, artifactLimit(environment));
}
