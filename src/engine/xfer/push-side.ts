import type { Hash, Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import { CardsAhead } from './cards-ahead';
import type { MessageWriter } from './message-writer';
import type { OutgoingSizes } from './outgoing-sizes';
import { artifactCard, isSendable } from './send-artifact';
import { KNOWS_PRIVATE_NAMES } from './protocol-version';
import { allToAnnounce, clusteredClusters, privateToAnnounce, unclusteredToAnnounce } from './sendable';

/** By then a server that still asks shows that it lacks clusters which no `unclustered` row tells of. */
const CLUSTER_ROUND = 3;

/** An artifact that goes; its row may be another's by the time the server answers. */
interface Sending {
  rid: Rid;
  hash: Hash;
}

export interface PushSideOptions {
  withPrivate: boolean;
  /** Names all that is here, so that the server can find what it lacks. */
  isThorough: boolean;
  projectCode: string;
  /** Told what waits, so that its size can be estimated. */
  sizes?: OutgoingSizes | undefined;
}

/** The half of a sync that brings artifacts to the server (fossil.md 3.2, 3.3). */
export class PushSide {
  readonly #repository: Repository;
  readonly #options: PushSideOptions;
  /** What the server has, as far as known. */
  readonly #onRemote: Set<Rid>;
  readonly #sent = new Set<Rid>();
  /** What the server asks for although it was sent: it has shunned what the delta builds on. */
  readonly #wantedWhole = new Set<Rid>();
  /** Rows of `unsent` at the start: they leave it when the server has taken them. */
  readonly #unsent: readonly Sending[];
  /** What the server wants and has not got yet. */
  readonly #queue = new Set<Rid>();
  /** What found no room in the first message, and has not been asked for. */
  readonly #likely = new Set<Rid>();
  readonly #ahead: CardsAhead;
  /** The version of the repository all of which has been announced. */
  #announcedAt: string | undefined;
  /** What the server asks for and does not get because it is private: it is told so, once, that it may stop asking (fossil.md 2.4). */
  readonly #hidden = new Set<Hash>();
  readonly #toldHidden = new Set<Hash>();
  /** Date of the server's Fossil, such as 20230226; 0 until it has said. */
  #serverDate = 0;
  #sentNow: Sending[] = [];
  #gimmes: Hash[] = [];
  #hadGimmes = false;
  #isRefused = false;

  constructor(repository: Repository, onRemote: Set<Rid>, options: PushSideOptions) {
    this.#repository = repository;
    this.#onRemote = onRemote;
    this.#options = options;
    this.#ahead = new CardsAhead(repository, options);
    options.sizes?.measureBy(this.#ahead);
    const { blobs } = repository;
    this.#unsent = repository.snapshot(() => {
      const rids = blobs.unsent();
      options.sizes?.expect(rids);
      return rids.map((rid) => ({ rid, hash: blobs.hash(rid) }));
    });
  }

  get sent(): number {
    return this.#sent.size;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  /**
   * @param number - of the message, 1 for the first
   * @param maxBytes - soft size of the message
   */
  compose(message: MessageWriter, number: number, maxBytes: number): void {
    this.#sentNow = [];
    if (this.#isRefused) return;
    message.card('push', this.#repository.serverCode, this.#options.projectCode);
    for (const rid of this.#queue) {
      // One at least, or a message that is full without any would be sent for ever.
      if (message.size >= maxBytes && this.#sentNow.length > 0) break;
      this.#queue.delete(rid);
      // Others may have removed or hidden it since it was asked for.
      if (this.#isSendable(rid)) this.#send(rid, message);
      else this.#options.sizes?.forget(rid);
    }
    for (const hash of this.#hidden) {
      message.igot(hash, true);
      this.#toldHidden.add(hash);
    }
    this.#hidden.clear();
    if (number === 1) this.#writeUnsent(message, maxBytes);
    this.#writeIgots(message, number);
  }

  /**
   * While the server works on a message: makes what the next one will hold, or is likely to.
   * @param maxBytes - soft size of a message
   * @param isOver - whether the reply is there
   */
  composeAhead(maxBytes: number, isOver: () => boolean): Promise<void> {
    const rids = [...this.#queue, ...this.#likely];
    return rids.length === 0 ? Promise.resolve() : this.#ahead.make(rids, maxBytes, isOver);
  }

  /** @returns whether the card was about what goes */
  take(card: Card): boolean {
    if (card.kind === 'pragma' && card.name === 'server-version') this.#serverDate = Number(card.parameters[1]) || 0;
    if (card.kind !== 'gimme') return false;
    this.#gimmes.push(card.hash);
    return true;
  }

  /** The server does not let us push. */
  refuse(): void {
    this.#isRefused = true;
    this.#options.sizes?.forgetAll();
    this.#queue.clear();
    this.#likely.clear();
    this.#sent.clear();
    this.#sentNow = [];
  }

  /**
   * Ends a reply, which says that the server has committed what the message held: only now it is not unsent any more.
   * @returns whether there is more to send
   */
  digest(): boolean {
    const gimmes = this.#gimmes;
    this.#gimmes = [];
    if (this.#isRefused) return false;
    this.#hadGimmes = gimmes.length > 0;
    const { blobs } = this.#repository;
    const wanted = (): Rid[] => this.#repository.snapshot(() => gimmes.flatMap((hash) => blobs.rid(hash) ?? []));
    const isWanted = new Set(wanted());
    this.#removeUnsent(this.#sentNow.filter(({ rid }) => !isWanted.has(rid)));
    this.#repository.snapshot(() => {
      // Others may have removed some meanwhile.
      for (const rid of wanted()) this.#enqueue(rid);
    });
    return this.#queue.size > 0 || this.#hidden.size > 0;
  }

  #enqueue(rid: Rid): void {
    if (this.#wantedWhole.has(rid)) return;
    if (!this.#isSendable(rid)) {
      this.#noteHidden(rid);
      return;
    }
    if (this.#sent.delete(rid)) this.#wantedWhole.add(rid);
    this.#likely.delete(rid);
    this.#queue.add(rid);
    this.#options.sizes?.expect([rid]);
  }

  /** Ends the sync: all that was announced and not asked for is on the server. */
  finish(): void {
    if (!this.#isRefused) this.#removeUnsent(this.#unsent);
  }

  /** What finds no room is announced; the server then asks for it. */
  #writeUnsent(message: MessageWriter, maxBytes: number): void {
    // Of thousands that only are announced, asking each for itself takes longer than making the message.
    let announceable: Map<Rid, Hash> | undefined;
    // Others may have removed it meanwhile, and its row be another's.
    const isStillSendable = ({ rid, hash }: Sending): boolean =>
      this.#repository.blobs.rid(hash) === rid && this.#isSendable(rid);
    const isAnnounceable = (artifact: Sending): boolean => {
      announceable ??= new Map(unclusteredToAnnounce(this.#repository).map(({ rid, hash }) => [rid, hash]));
      return announceable.get(artifact.rid) === artifact.hash || isStillSendable(artifact);
    };
    for (const artifact of this.#unsent) {
      const { rid, hash } = artifact;
      const hasRoom = message.size < maxBytes;
      if (this.#onRemote.has(rid) || !(hasRoom ? isStillSendable(artifact) : isAnnounceable(artifact))) {
        this.#options.sizes?.forget(rid);
        continue;
      }
      if (hasRoom) this.#send(rid, message);
      else {
        this.#announce(message, rid, hash);
        this.#likely.add(rid);
      }
    }
  }

  #writeIgots(message: MessageWriter, number: number): void {
    this.#writeNews(message, this.#options.isThorough && number === 1);
    if (number === CLUSTER_ROUND && this.#hadGimmes) {
      message.comment('sending-clusters');
      for (const { hash } of clusteredClusters(this.#repository)) message.igot(hash);
      message.comment('end-of-clusters');
    }
  }

  /** Nothing, when nothing has changed since the last message but what is unsent. */
  #writeNews(message: MessageWriter, isCatalogDue: boolean): void {
    const { version } = this.#repository;
    if (version === this.#announcedAt) return;
    this.#announcedAt = version;
    for (const { rid, hash } of (isCatalogDue ? allToAnnounce : unclusteredToAnnounce)(this.#repository)) {
      if (!this.#onRemote.has(rid)) this.#announce(message, rid, hash);
    }
    if (!this.#options.withPrivate) return;
    for (const { rid, hash } of privateToAnnounce(this.#repository)) {
      if (!this.#onRemote.has(rid)) this.#announce(message, rid, hash, true);
    }
  }

  #announce(message: MessageWriter, rid: Rid, hash: Hash, isPrivate = false): void {
    message.igot(hash, isPrivate);
    this.#onRemote.add(rid);
  }

  #send(rid: Rid, message: MessageWriter): void {
    if (this.#sent.has(rid)) return;
    if (this.#repository.blobs.isPrivate(rid)) message.card('private');
    const isWhole = this.#wantedWhole.has(rid);
    const ahead = isWhole ? undefined : this.#ahead.take(rid);
    const { hash, payload, source } = ahead ?? artifactCard(this.#repository, rid, { isWhole });
    message.file(hash, payload, source);
    this.#options.sizes?.written(rid);
    this.#onRemote.add(rid);
    this.#sent.add(rid);
    this.#sentNow.push({ rid, hash });
  }

  #noteHidden(rid: Rid): void {
    const { blobs } = this.#repository;
    const hash = blobs.hash(rid);
    if (this.#toldHidden.has(hash) || this.#serverDate < KNOWS_PRIVATE_NAMES) return;
    if (blobs.isPrivate(rid) && blobs.isReadable(rid) && !blobs.isShunned(hash)) this.#hidden.add(hash);
  }

  #isSendable(rid: Rid): boolean {
    return isSendable(this.#repository, rid, { withPrivate: this.#options.withPrivate });
  }

  /** Row by row and by name: what others have added meanwhile is still to be sent, also under the row of something that they removed. */
  #removeUnsent(artifacts: readonly Sending[]): void {
    if (artifacts.length === 0) return;
    const { faults } = this.#repository.environment;
    faults?.at('unsent-to-clear');
    const version = this.#repository.transaction(() => {
      this.#repository.blobs.removeUnsent(artifacts.map(({ hash }) => hash));
      return this.#repository.version === this.#announcedAt ? this.#repository.versionOnceCommitted : undefined;
    });
    faults?.at('unsent-cleared');
    if (version !== undefined) this.#announcedAt = version;
  }
}
