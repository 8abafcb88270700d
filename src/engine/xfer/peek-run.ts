import { parseArtifact } from '../artifact/parse';
import { applyDelta } from '../codec/delta-apply';
import { hasName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { decodeToken } from '../codec/fossil-encoding';
import { artifactLimit } from '../codec/size-limits';
import { EngineError } from '../errors';
import { isHash, type Hash } from '../identifiers';
import type { Repository } from '../repository/repository';
import { readSummary, summaryOf, type ArtifactSummary } from './artifact-summary';
import type { Card, CompressedFileCard, FileCard } from './card';
import { Conversation } from './conversation';
import type { MessageWriter } from './message-writer';
import { ARTIFACT, DESCRIBE, PEEK, PEEK_VERSION, PEEKED } from './peek-server';
import { refusal } from './refusal';
import { SeenClient } from './seen-client';
import type { SessionObserver } from './session-observer';
import { refuseStrange } from './strange-card';
import type { Session } from './transport';

/** What a server has and this repository lacks; only the name is sure. */
export interface PeekedArtifact {
  hash: Hash;
  summary?: ArtifactSummary;
}

export interface PeekResult {
  incoming: PeekedArtifact[];
  /** Names that the server has announced: what is to be sent and is among them need not be. */
  onServer: ReadonlySet<Hash>;
  roundTrips: number;
  bytesReceived: number;
}

/** A server that cannot describe is asked for the artifacts themselves: first so many, then twice as many in each round. */
const FIRST_BATCH = 32;
/** And no more once that many bytes have come, or rounds gone by. */
const ENOUGH_BYTES = 3_000_000;
const ENOUGH_ROUNDS = 10;

/**
 * Looks at what a pull would bring, and stores nothing of it (fossil.md 2.4, 10): with a server of ours by descriptions, else by reading
 * in memory what the server announces, the newest first; a check-in that has been read names its files, so they are not fetched.
 */
export class PeekRun {
  readonly #repository: Repository;
  readonly #conversation: Conversation;
  readonly #seen: SeenClient;
  /** What the server has and we lack, in the order in which it was announced. */
  readonly #incoming = new Map<Hash, ArtifactSummary | undefined>();
  readonly #announced = new Set<Hash>();
  /** Contents of this peek, which deltas may be of. */
  readonly #contents = new Map<Hash, Uint8Array>();
  readonly #deltas = new Map<Hash, { source: Hash; delta: Uint8Array }>();
  readonly #asked = new Set<Hash>();
  #answered: 'all' | 'named' | undefined;
  #isPrivate = false;

  constructor(repository: Repository, session: Session, options: { signal?: AbortSignal }, observer?: SessionObserver) {
    this.#repository = repository;
    this.#conversation = new Conversation(repository, session, {
      signal: options.signal,
      observer,
      onBytes: () => undefined,
    });
    this.#seen = new SeenClient(repository, session.remote);
  }

  async run(): Promise<PeekResult> {
    await this.#exchange((message) => message.pragma(PEEK, PEEK_VERSION, this.#seen.token));
    if (this.#answered === 'named') await this.#askForDescriptions();
    else if (this.#answered === undefined) await this.#readAnnounced();
    const { roundTrips, bytesReceived } = this.#conversation;
    const incoming = [...this.#incoming].map(([hash, summary]) => ({ hash, ...(summary ? { summary } : {}) }));
    return { incoming, onServer: this.#announced, roundTrips, bytesReceived };
  }

  /** A server of ours that does not know how far we have seen it: all names, then what those are that we lack. */
  async #askForDescriptions(): Promise<void> {
    if (this.#incoming.size === 0) return;
    await this.#exchange((message) => message.pragma('send-catalog'));
    await this.#exchange((message) => {
      for (const hash of this.#incoming.keys()) message.pragma(DESCRIBE, PEEK_VERSION, hash);
    });
  }

  async #readAnnounced(): Promise<void> {
    for (let round = 0, batch = FIRST_BATCH; round < ENOUGH_ROUNDS; round++, batch *= 2) {
      const wanted = this.#unread().slice(0, batch);
      if (wanted.length === 0 || this.#conversation.bytesReceived > ENOUGH_BYTES) return;
      await this.#exchange((message) => {
        for (const hash of wanted) {
          this.#asked.add(hash);
          message.card('gimme', hash);
        }
      });
      this.#settleDeltas();
    }
  }

  /** What nothing tells of yet, the newest first: that is announced last. */
  #unread(): Hash[] {
    const sources = [...this.#deltas.values()].map(({ source }) => source);
    const unknown = [...this.#incoming].filter(([, summary]) => summary === undefined).map(([hash]) => hash);
    return [...new Set([...sources, ...unknown.reverse()])].filter(
      (hash) => !this.#asked.has(hash) && !this.#deltas.has(hash) && !this.#contents.has(hash),
    );
  }

  async #exchange(add: (message: MessageWriter) => void): Promise<void> {
    const { serverCode, projectCode } = this.#repository;
    if (projectCode === undefined)
      throw new EngineError(
        'wrong-project',
        'This repository belongs to no project yet: its clone was never finished.',
      );
    const message = this.#conversation.begin();
    message.card('pull', serverCode, projectCode);
    add(message);
    const { errors } = await this.#conversation.exchange(message, (card) => this.#take(card));
    if (errors[0] !== undefined) throw refusal(errors[0], this.#conversation.remote, 'pull');
  }

  #take(card: Card): void {
    if (card.kind === 'igot' && !card.isPrivate) this.#note(card.hash);
    else if (card.kind === 'pragma') this.#heed(card.name, card.parameters);
    else if (card.kind === 'private') this.#isPrivate = true;
    else if (card.kind === 'file' || card.kind === 'cfile') this.#receive(card);
    else refuseStrange(card);
  }

  #heed(name: string, [version, argument, details]: readonly string[]): void {
    if (version !== PEEK_VERSION || argument === undefined) return;
    if (name === PEEKED) this.#answered = argument === 'all' ? 'all' : 'named';
    if (name !== ARTIFACT || !isHash(argument)) return;
    this.#note(argument);
    const summary = details === undefined ? undefined : readSummary(decodeToken(details));
    if (summary && this.#incoming.has(argument)) this.#incoming.set(argument, summary);
  }

  #note(hash: Hash): void {
    this.#announced.add(hash);
    const { blobs } = this.#repository;
    const rid = blobs.rid(hash);
    if (rid !== undefined && !blobs.isPhantom(rid)) return;
    if (!this.#incoming.has(hash) && !blobs.isShunned(hash)) this.#incoming.set(hash, undefined);
  }

  #receive(card: FileCard | CompressedFileCard): void {
    const isPrivate = this.#isPrivate;
    this.#isPrivate = false;
    if (isPrivate || !this.#asked.has(card.hash)) return;
    const { environment } = this.#repository;
    const payload =
      card.kind === 'file'
        ? card.payload
        : unpackContainer(environment.zlib, card.container, artifactLimit(environment));
    if (card.deltaSource === undefined) this.#read(card.hash, payload);
    else this.#deltas.set(card.hash, { source: card.deltaSource, delta: payload });
  }

  /** Deltas whose source is here, or has come, one after the other. */
  #settleDeltas(): void {
    for (let hasMoved = true; hasMoved;) {
      hasMoved = false;
      for (const [hash, { source, delta }] of this.#deltas) {
        const content = this.#contents.get(source) ?? this.#contentHere(source);
        if (content === undefined) continue;
        this.#deltas.delete(hash);
        this.#read(hash, applyDelta(content, delta, undefined, artifactLimit(this.#repository.environment)));
        hasMoved = true;
      }
    }
  }

  #contentHere(hash: Hash): Uint8Array | undefined {
    const { blobs } = this.#repository;
    const rid = blobs.rid(hash);
    return rid !== undefined && blobs.isReadable(rid) ? blobs.content(rid) : undefined;
  }

  #read(hash: Hash, content: Uint8Array): void {
    const { hash: hashing } = this.#repository.environment;
    if (!hasName(hashing, content, hash))
      throw new EngineError(
        'hash-mismatch',
        `The content of artifact ${hash} does not match its name. It was damaged or forged on its way.`,
      );
    this.#contents.set(hash, content);
    const artifact = parseArtifact(content, hashing);
    const size = content.length;
    const known = this.#incoming.get(hash);
    if (artifact === undefined) {
      this.#incoming.set(hash, { kind: 'file', size, ...(known?.title === undefined ? {} : { title: known.title }) });
      return;
    }
    this.#incoming.set(hash, summaryOf(artifact, size));
    if (artifact.type === 'cluster') for (const member of artifact.members) this.#note(member);
    if (artifact.type !== 'checkin') return;
    for (const file of artifact.files) {
      if (file.hash === undefined || !this.#isLacking(file.hash)) continue;
      this.#incoming.set(file.hash, { kind: 'file', ...this.#incoming.get(file.hash), title: file.name });
    }
  }

  #isLacking(hash: Hash): boolean {
    const { blobs } = this.#repository;
    const rid = blobs.rid(hash);
    return rid === undefined || blobs.isPhantom(rid);
  }
}
