import { unpackContainer } from '../codec/container';
import { EngineError } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { ReceivedArtifact } from '../repository/receive';
import type { Repository } from '../repository/repository';
import { setting } from '../repository/settings';
import { applyReceived } from './apply-received';
import type { Card } from './card';
import type { SyncOptions, SyncStatistics } from './client';
import { Conversation } from './conversation';
import { ARTIFACT_LIMIT } from '../codec/size-limits';
import type { MessageWriter } from './message-writer';
import { ProgressMeter } from './progress-meter';
import { refusal } from './refusal';
import { isSendable, writeArtifact } from './send-artifact';
import { unclusteredToAnnounce } from './sendable';
import type { SyncPart, SyncRound } from './sync-part';
import type { SessionObserver } from './session-observer';
import type { Session } from './transport';

/** Gimmes of the first message, and the fewest of later ones (fossil.md 2.7). */
const GIMMES = 200;
/** Soft size of a message in bytes, unless the setting `max-upload` says otherwise. */
const MAX_UPLOAD = 250_000;

/** What one reply brings. */
interface Round {
  artifacts: ReceivedArtifact[];
  igots: Set<Hash>;
  gimmes: Hash[];
  cookie?: string;
  isNextPrivate: boolean;
}

/** One pull, push or sync (fossil.md 3): rounds until nothing moves in either direction. */
export class SyncRun {
  readonly #repository: Repository;
  readonly #options: SyncOptions;
  readonly #conversation: Conversation;
  readonly #meter: ProgressMeter;
  readonly #maxUpload: number;
  readonly #parts: readonly SyncPart[];
  #pushes: boolean;
  #wasPushRefused = false;
  #gimmeLimit = GIMMES;
  #received = 0;
  #arriving = 0;
  /** Artifacts that the server has, as far as known. */
  readonly #onRemote = new Set<Rid>();
  readonly #sent = new Set<Rid>();
  /** Rows of `unsent` at the start: they leave it when the server has taken them. */
  #unsent: Rid[] = [];
  /** What the server wants and has not got yet. */
  readonly #queue = new Set<Rid>();
  readonly #unavailable = new Set<Hash>();
  #asked: Hash[] = [];
  /** Known to be missing when the last message was written. */
  #toCome = 0;

  constructor(repository: Repository, session: Session, options: SyncOptions, observer?: SessionObserver) {
    this.#repository = repository;
    this.#options = options;
    this.#parts = options.parts ?? [];
    this.#pushes = options.push;
    this.#meter = new ProgressMeter(repository.environment.clock, options.onProgress);
    this.#conversation = new Conversation(repository, session, {
      signal: options.signal,
      observer,
      onBytes: () => this.#report(),
    });
    const maxUpload = Number(setting(repository, 'max-upload') ?? MAX_UPLOAD);
    this.#maxUpload = Number.isFinite(maxUpload) && maxUpload > 0 ? maxUpload : MAX_UPLOAD;
  }

  async run(): Promise<SyncStatistics> {
    this.#report();
    if (this.#pushes) this.#unsent = this.#repository.blobs.unsent();
    let isMoving = true;
    for (let number = 1; isMoving; number++) {
      const sentNow: Rid[] = [];
      const message = this.#compose(number === 1, sentNow);
      for (const part of this.#parts) part.compose(message, this.#syncRound(number));
      const round: Round = { artifacts: [], igots: new Set(), gimmes: [], isNextPrivate: false };
      this.#arriving = 0;
      const { errors } = await this.#conversation.exchange(message, (card) => this.#take(card, round));
      this.#heedNotices();
      const [error] = errors;
      if (error !== undefined && this.#mayGoOnPulling(error)) {
        number--;
        continue;
      }
      if (error !== undefined) throw refusal(error, this.#conversation.remote, this.#request());
      this.#settleSent(sentNow);
      isMoving = await this.#digest(round);
      for (const part of this.#parts) if (await part.digest(this.#syncRound(number))) isMoving = true;
    }
    this.#settleUnsent();
    return this.#finish();
  }

  #syncRound(number: number): SyncRound {
    return { number, isPulling: this.#options.pull, isPushing: this.#pushes, maxBytes: this.#maxUpload };
  }

  #request(): 'sync' | 'pull' | 'push' {
    if (this.#options.pull === this.#options.push) return 'sync';
    return this.#options.pull ? 'pull' : 'push';
  }

  #compose(isFirst: boolean, sentNow: Rid[]): MessageWriter {
    const { config, projectCode, serverCode } = this.#repository;
    if (projectCode === undefined)
      throw new EngineError(
        'wrong-project',
        'This repository belongs to no project yet: its clone was never finished.',
      );
    const message = this.#conversation.begin();
    if (this.#options.pull) message.card('pull', serverCode, projectCode);
    if (this.#pushes) message.card('push', serverCode, projectCode);
    for (const rid of this.#queue) {
      if (message.size >= this.#maxUpload) break;
      this.#queue.delete(rid);
      this.#send(rid, message, sentNow);
    }
    const cookie = config.get('cookie');
    if (cookie !== undefined) message.card('cookie', cookie);
    if (this.#options.pull) this.#writeGimmes(message);
    if (this.#pushes && isFirst) this.#writeUnsent(message, sentNow);
    if (this.#pushes) this.#writeIgots(message);
    return message;
  }

  #writeGimmes(message: MessageWriter): void {
    const askable = this.#askable();
    this.#toCome = askable.length;
    this.#asked = askable.slice(0, this.#gimmeLimit);
    for (const hash of this.#asked) message.card('gimme', hash);
  }

  #askable(): Hash[] {
    return this.#repository.blobs.wanted().filter((hash) => !this.#unavailable.has(hash));
  }

  /** What finds no room is announced; the server then asks for it. */
  #writeUnsent(message: MessageWriter, sentNow: Rid[]): void {
    const { blobs } = this.#repository;
    for (const rid of this.#unsent) {
      if (this.#onRemote.has(rid) || !isSendable(this.#repository, rid)) continue;
      if (message.size < this.#maxUpload) this.#send(rid, message, sentNow);
      else this.#announce(rid, blobs.hash(rid), message);
    }
  }

  #writeIgots(message: MessageWriter): void {
    for (const { rid, hash } of unclusteredToAnnounce(this.#repository))
      if (!this.#onRemote.has(rid)) this.#announce(rid, hash, message);
  }

  #announce(rid: Rid, hash: Hash, message: MessageWriter): void {
    message.igot(hash);
    this.#onRemote.add(rid);
  }

  #send(rid: Rid, message: MessageWriter, sentNow: Rid[]): void {
    if (this.#sent.has(rid)) return;
    writeArtifact(this.#repository, rid, message);
    this.#onRemote.add(rid);
    this.#sent.add(rid);
    sentNow.push(rid);
  }

  #take(card: Card, round: Round): void {
    switch (card.kind) {
      case 'file': {
        const { hash, payload, deltaSource } = card;
        this.#receive(round, {
          hash,
          payload,
          isPrivate: false,
          ...(deltaSource === undefined ? {} : { deltaSource }),
        });
        return;
      }
      case 'cfile': {
        const { hash, container, deltaSource } = card;
        const payload = unpackContainer(this.#repository.environment.zlib, container, ARTIFACT_LIMIT);
        this.#receive(round, {
          hash,
          payload,
          isPrivate: false,
          ...(deltaSource === undefined ? {} : { deltaSource }),
        });
        return;
      }
      case 'private':
        round.isNextPrivate = true;
        return;
      case 'igot':
        if (!card.isPrivate) round.igots.add(card.hash);
        return;
      case 'gimme':
        round.gimmes.push(card.hash);
        return;
      case 'cookie':
        round.cookie = card.text;
        return;
      case 'unknown':
        throw new EngineError(
          'protocol',
          `The server sent a line that is no part of Fossil's protocol: ${card.line.slice(0, 80)}`,
        );
      default:
        this.#parts.some((part) => part.take(card));
        return;
    }
  }

  /** Private content was not asked for, so it is not taken. */
  #receive(round: Round, artifact: ReceivedArtifact): void {
    if (round.isNextPrivate) round.isNextPrivate = false;
    else if (this.#options.pull) {
      round.artifacts.push(artifact);
      this.#arriving++;
    }
  }

  #heedNotices(): void {
    if (this.#conversation.messages.some((text) => text.startsWith('pull only '))) this.#stopPushing();
  }

  /** Where there were files to send, a refused push ends the whole message: the pull wants another one without it. */
  #mayGoOnPulling(error: string): boolean {
    if (!this.#options.pull || !this.#pushes || !error.startsWith('not authorized to write')) return false;
    this.#stopPushing();
    return true;
  }

  #stopPushing(): void {
    this.#wasPushRefused ||= this.#pushes;
    this.#pushes = false;
    this.#queue.clear();
    this.#sent.clear();
  }

  /** The reply says that the server has committed what the message held: only now it is not unsent any more. */
  #settleSent(sentNow: readonly Rid[]): void {
    if (this.#pushes) this.#removeUnsent(sentNow);
  }

  /** All that was announced and not asked for is on the server. */
  #settleUnsent(): void {
    if (this.#pushes) this.#removeUnsent(this.#unsent);
  }

  /** Row by row: what others have added meanwhile is still to be sent. */
  #removeUnsent(rids: readonly Rid[]): void {
    if (rids.length === 0) return;
    const { faults } = this.#repository.environment;
    faults?.at('unsent-to-clear');
    this.#repository.transaction(() => this.#repository.blobs.removeUnsent(rids));
    faults?.at('unsent-cleared');
  }

  /** @returns whether another round is worth it (fossil.md 3.5) */
  async #digest(round: Round): Promise<boolean> {
    const { blobs, config } = this.#repository;
    const before = this.#received;
    await applyReceived(this.#repository, round.artifacts, {
      signal: this.#options.signal,
      onStored: (count) => {
        this.#received = before + count;
        this.#arriving = round.artifacts.length - count;
        this.#report();
      },
    });
    for (const { hash } of round.artifacts) this.#noteOnRemote(hash);
    const unknown = this.#options.pull ? [...round.igots].filter((hash) => blobs.rid(hash) === undefined) : [];
    const newPhantoms = unknown.filter((hash) => !blobs.isShunned(hash));
    if (newPhantoms.length > 0 || (round.cookie !== undefined && round.cookie !== config.get('cookie')))
      this.#repository.transaction(() => {
        for (const hash of newPhantoms) blobs.ridOrPhantom(hash);
        if (round.cookie !== undefined) config.set('cookie', round.cookie);
      });
    for (const hash of round.igots) this.#noteOnRemote(hash);
    this.#queueGimmes(round.gimmes);
    this.#noteUnavailable(round);
    const isPulling = this.#options.pull && (round.artifacts.length > 0 || newPhantoms.length > 0);
    this.#gimmeLimit = Math.max(GIMMES, 2 * round.artifacts.length);
    return (isPulling && this.#askable().length > 0) || this.#queue.size > 0;
  }

  #noteOnRemote(hash: Hash): void {
    const rid = this.#repository.blobs.rid(hash);
    if (rid !== undefined) this.#onRemote.add(rid);
  }

  #queueGimmes(gimmes: readonly Hash[]): void {
    if (!this.#pushes) return;
    for (const hash of gimmes) {
      const rid = this.#repository.blobs.rid(hash);
      if (rid === undefined || this.#sent.has(rid) || !isSendable(this.#repository, rid)) continue;
      this.#queue.add(rid);
    }
  }

  /** A server names what it has but had no room for; what it neither sent nor named, it does not have. */
  #noteUnavailable(round: Round): void {
    const arrived = new Set(round.artifacts.map((artifact) => artifact.hash));
    for (const hash of this.#asked) if (!arrived.has(hash) && !round.igots.has(hash)) this.#unavailable.add(hash);
    this.#asked = [];
    this.#toCome = Math.max(0, this.#toCome - round.artifacts.length);
  }

  #report(): void {
    const { bytesReceived, bytesSent, roundTrips } = this.#conversation;
    const done = this.#received + this.#arriving + this.#sent.size;
    const total = done + Math.max(0, this.#toCome - this.#arriving) + this.#queue.size;
    this.#meter.update(
      {
        phase: roundTrips === 0 ? 'connect' : this.#sent.size > this.#received ? 'send' : 'receive',
        artifacts: { done, ...(total > 0 ? { total } : {}) },
        bytes: { done: bytesReceived + bytesSent },
        roundTrips,
      },
      total === 0 ? 0 : done / total,
    );
  }

  #finish(): SyncStatistics {
    const { bytesReceived, bytesSent, roundTrips, messages, clockSkew } = this.#conversation;
    this.#meter.finish('finish', this.#received + this.#sent.size);
    return {
      received: this.#received,
      sent: this.#sent.size,
      bytesReceived,
      bytesSent,
      roundTrips,
      messages,
      wasPushRefused: this.#wasPushRefused,
      ...(clockSkew === undefined ? {} : { clockSkew }),
    };
  }
}
