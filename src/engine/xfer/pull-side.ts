import { unpackContainer } from '../codec/container';
import { artifactLimit } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import { hidePhantom } from '../repository/hide-phantom';
import type { ReceivedArtifact } from '../repository/receive';
import type { Repository } from '../repository/repository';
import { applyReceived } from './apply-received';
import type { Card } from './card';
import type { MessageWriter } from './message-writer';

/**
 * Gimmes of a message before it is known how large artifacts are, and the fewest and the most of later ones. Fossil begins with 200 and doubles
 * them (fossil.md 2.7); asked for all at once, a server tells by the length of its reply how much is to come, in fewer round trips.
 */
const GIMMES = { first: 3000, fewest: 200, most: 4000 };
/** Uncompressed bytes of content that a reply should bring: a server that has sent 5,000,000 names the rest of what was asked for. */
const REPLY_BYTES = 4_000_000;
/** Content that has come is stored before more is read once it holds this many bytes. */
const BATCH_BYTES = 8_000_000;
/** Rounds in a row in which names come, or deltas of what is not here, and nothing of what is asked for. */
const FRUITLESS_ROUNDS = 20;
/** Older servers have another way to tell their clusters, or none: they pass over the pragma. */
const CLUSTER_ROUND = 3;

export interface PullSideOptions {
  /** The project to pull from. */
  projectCode: string;
  withPrivate: boolean;
  /** Asks as a clone of protocol 1 does: whoever may clone need not be allowed to read. */
  isClone: boolean;
  /** The server is to list all that it has. */
  isThorough: boolean;
  signal: AbortSignal | undefined;
  /** Hears after artifacts have been stored. */
  onStored: () => void;
}

/** The half of a sync that brings artifacts here (fossil.md 3.2, 3.4, 3.5). */
export class PullSide {
  readonly #repository: Repository;
  readonly #options: PullSideOptions;
  /** What the server has, as far as known. */
  readonly #onRemote: Set<Rid>;
  readonly #unavailable = new Set<Hash>();
  /** Deltas that are kept undigested and that the server was asked for anew. */
  readonly #askedAnew = new Set<Hash>();
  readonly #everAsked = new Set<Hash>();
  #gimmeLimit = GIMMES.first;
  #asked: Hash[] = [];
  #isHoldingBack = false;
  #fruitlessRounds = 0;
  #isNextPrivate = false;
  /** Of this reply: read and not stored yet. */
  #batch: ReceivedArtifact[] = [];
  #batchBytes = 0;
  /** Of this reply: bytes of payloads, and the artifacts. */
  #arrivedBytes = 0;
  #arrived = new Set<Hash>();
  /** Of all replies: what has come, and what of it had been asked for. */
  readonly #met = new Set<Hash>();
  readonly #came = new Set<Hash>();
  /** Of this reply: what the server has, and whether it is private there. */
  #igots = new Map<Hash, boolean>();
  /** Artifacts that are stored. */
  received = 0;
  /** Whether the last reply brought something that none before it had brought. */
  hasNew = false;

  constructor(repository: Repository, onRemote: Set<Rid>, options: PullSideOptions) {
    this.#repository = repository;
    this.#onRemote = onRemote;
    this.#options = options;
  }

  /** Artifacts that have come with this reply and are not stored yet. */
  get arriving(): number {
    return this.#batch.length;
  }

  /** Artifacts that are known by name and not here. */
  get missing(): number {
    return this.#askable().length;
  }

  /** What came and is still wanted: it, or what it is a delta of, is refused here, or that does not lead to it. */
  get leftOut(): Hash[] {
    const { blobs } = this.#repository;
    return [...this.#unavailable].filter((hash) => {
      const rid = this.#came.has(hash) ? blobs.rid(hash) : undefined;
      return rid !== undefined && blobs.isPhantom(rid);
    });
  }

  /** Artifacts that the last message has asked for. */
  get asked(): number {
    return this.#asked.length;
  }

  /**
   * @param number - of the message, 1 for the first
   * @param options.asksNothing - the server sends by itself what is missing
   */
  compose(message: MessageWriter, number: number, options: { asksNothing?: boolean } = {}): void {
    if (this.#options.isClone) message.card('clone');
    else message.card('pull', this.#repository.serverCode, this.#options.projectCode);
    if (this.#options.isThorough && number === 1) message.pragma('send-catalog');
    this.#isHoldingBack = options.asksNothing === true;
    this.#asked = this.#isHoldingBack ? [] : this.#askable().slice(0, this.#gimmeLimit);
    if (this.#asked.length === 0 && !this.#isHoldingBack) this.#asked = this.#askAnew();
    for (const hash of this.#asked) {
      message.card('gimme', hash);
      this.#everAsked.add(hash);
    }
    if (this.#asked.length > 0 && number === CLUSTER_ROUND) message.pragma('req-clusters');
  }

  /**
   * @param options.isStoredSo - what comes as a delta is stored just so by the server
   * @returns whether the card was about what comes
   */
  take(card: Card, options: { isStoredSo?: boolean } = {}): boolean {
    const { environment } = this.#repository;
    switch (card.kind) {
      case 'file':
        this.#receive(card, card.payload, options.isStoredSo);
        return true;
      case 'cfile':
        this.#receive(card, unpackContainer(environment.zlib, card.container, artifactLimit(environment)));
        return true;
      case 'private':
        this.#isNextPrivate = true;
        return true;
      case 'igot':
        this.#igots.set(card.hash, card.isPrivate && (this.#igots.get(card.hash) ?? true));
        return true;
      default:
        return false;
    }
  }

  /** While the reply streams: stores what has come once it is so much that it should not wait in memory for the rest. */
  async relieve(): Promise<void> {
    if (this.#batchBytes >= BATCH_BYTES) await this.store();
  }

  /** Stores what has come whole. @throws EngineError `hash-mismatch` naming the artifact */
  async store(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const before = this.received;
    await applyReceived(this.#repository, batch, {
      signal: this.#options.signal,
      onStored: (count) => {
        this.received = before + count;
        this.#options.onStored();
      },
    });
  }

  /**
   * Ends the reply.
   * @param options.isShared - it brought other payloads, too: they may have taken the room of what was asked for
   * @returns whether another round is worth it (fossil.md 3.5)
   */
  async digest({ isShared = false } = {}): Promise<boolean> {
    await this.store();
    const newPhantoms = this.#heedIgots();
    const arrived = this.#arrived;
    this.hasNew = [...arrived].some((hash) => !this.#met.has(hash));
    for (const hash of arrived) this.#met.add(hash);
    return this.#repository.snapshot(() => {
      for (const hash of arrived) this.#noteOnRemote(hash);
      this.#noteUnavailable();
      this.#noteFruit(arrived, isShared);
      this.#gimmeLimit = this.#nextLimit();
      this.#arrived = new Set();
      this.#arrivedBytes = 0;
      const igots = this.#igots;
      this.#igots = new Map();
      // Another process may have heard the name a moment ago, and may never get the content.
      const isNewHere = (hash: Hash): boolean => igots.has(hash) && !this.#everAsked.has(hash);
      const isWorthIt = arrived.size > 0 || newPhantoms > 0 || this.#isHoldingBack || isShared;
      if (this.#askable().some((hash) => isWorthIt || isNewHere(hash))) return true;
      return this.#stranded().length > 0;
    });
  }

  /** As many as a reply has room for. Few artifacts, such as clusters, tell nothing of others. */
  #nextLimit(): number {
    const count = this.#arrived.size;
    if (count < GIMMES.fewest) return this.#asked.length > 2 * GIMMES.fewest ? GIMMES.fewest : this.#gimmeLimit;
    const fitting = Math.floor((REPLY_BYTES * count) / Math.max(1, this.#arrivedBytes));
    return Math.min(Math.max(fitting, GIMMES.fewest), GIMMES.most);
  }

  #askable(): Hash[] {
    const wanted = this.#repository.blobs.wanted({ withPrivate: this.#options.withPrivate });
    return wanted.filter((hash) => !this.#unavailable.has(hash));
  }

  /** Deltas of what the server has not got any more, while it names them: it may have them otherwise. */
  #stranded(): Hash[] {
    if (this.#unavailable.size === 0 || this.#askable().length > 0) return [];
    const { blobs } = this.#repository;
    const named = blobs.danglingDeltas().filter((rid) => this.#onRemote.has(rid));
    return named.map((rid) => blobs.hash(rid)).filter((hash) => !this.#askedAnew.has(hash));
  }

  #askAnew(): Hash[] {
    const stranded = this.#stranded().slice(0, this.#gimmeLimit);
    for (const hash of stranded) this.#askedAnew.add(hash);
    return stranded;
  }

  /** Private content that was not asked for is not taken. */
  #receive({ hash, deltaSource }: { hash: Hash; deltaSource?: Hash }, payload: Uint8Array, isStoredSo = false): void {
    const isPrivate = this.#isNextPrivate;
    this.#isNextPrivate = false;
    if (isPrivate && !this.#options.withPrivate) return;
    this.#batch.push({
      ...{ hash, payload, isPrivate },
      ...(deltaSource === undefined ? {} : { deltaSource, isStoredSo: isStoredSo && this.#hasCome(deltaSource) }),
    });
    this.#batchBytes += payload.length;
    this.#arrivedBytes += payload.length;
    this.#arrived.add(hash);
  }

  #hasCome(hash: Hash): boolean {
    return this.#arrived.has(hash) || this.#met.has(hash);
  }

  /** @returns how many artifacts are known by name now that were not (fossil.md 2.4) */
  #heedIgots(): number {
    const { changes, newPhantoms } = this.#repository.snapshot(() => this.#changesByIgots());
    if (changes.length > 0) {
      this.#repository.transaction(() => {
        for (const change of changes) change();
      });
    }
    return newPhantoms;
  }

  #changesByIgots(): { changes: (() => void)[]; newPhantoms: number } {
    const { blobs, db } = this.#repository;
    const hasPrivate = db.prepare('SELECT 1 FROM private LIMIT 1').get() !== undefined;
    const changes: (() => void)[] = [];
    let newPhantoms = 0;
    for (const [hash, isPrivate] of this.#igots) {
      const rid = blobs.rid(hash);
      if (rid === undefined) {
        if ((isPrivate && !this.#options.withPrivate) || blobs.isShunned(hash)) continue;
        changes.push(() => this.#onRemote.add(blobs.ridOrPhantom(hash, { isPrivate })));
        newPhantoms++;
        continue;
      }
      this.#onRemote.add(rid);
      if (isPrivate && blobs.isPhantom(rid)) changes.push(() => hidePhantom(this.#repository, rid));
      else if (!isPrivate && hasPrivate && blobs.isPrivate(rid)) {
        changes.push(() => blobs.makePublic(rid, { isUnsent: false }));
      }
    }
    return { changes, newPhantoms };
  }

  #isHere(hash: Hash): boolean {
    const { blobs } = this.#repository;
    const rid = blobs.rid(hash);
    return rid !== undefined && blobs.isReadable(rid);
  }

  #noteOnRemote(hash: Hash): void {
    const rid = this.#repository.blobs.rid(hash);
    if (rid !== undefined) this.#onRemote.add(rid);
  }

  /**
   * A server names what it has but had no room for; what it neither sent nor named, it does not have. What came and is still wanted is a
   * delta of something that is shunned here, or of itself by way of others: it would come so again and again.
   */
  #noteUnavailable(): void {
    for (const hash of this.#asked) {
      if (!this.#arrived.has(hash) && !this.#igots.has(hash)) this.#unavailable.add(hash);
    }
    for (const hash of this.#asked) if (this.#arrived.has(hash)) this.#came.add(hash);
    for (const hash of this.#askable()) if (this.#came.has(hash)) this.#unavailable.add(hash);
  }

  /** What a server sends without being asked for counts as what it was asked for. */
  #noteFruit(arrived: ReadonlySet<Hash>, isShared: boolean): void {
    const due = this.#isHoldingBack ? [...arrived] : this.#asked;
    const hasCome = isShared || due.length === 0 || due.some((hash) => this.#isHere(hash));
    this.#fruitlessRounds = hasCome ? 0 : this.#fruitlessRounds + 1;
    this.#asked = [];
    if (this.#fruitlessRounds < FRUITLESS_ROUNDS) return;
    throw new EngineError(
      'protocol',
      'The server names ever more artifacts and sends none of them whole. Ask its administrator to check it ("fossil rebuild").',
    );
  }
}
