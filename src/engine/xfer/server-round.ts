import { unpackContainer } from '../codec/container';
import { formatStamp } from '../codec/julian-day';
import type { Hash, Rid } from '../identifiers';
import { createClusters, hasArtifactsToCluster } from '../repository/create-clusters';
import { CrosslinkSession } from '../repository/crosslink-session';
import { receiveArtifact, type ReceivedArtifact } from '../repository/receive';
import type { Repository } from '../repository/repository';
import type { Card, CompressedFileCard, FileCard } from './card';
import { ConfigReceiver, writeConfigGroup } from './config-exchange';
import { ARTIFACT_LIMIT } from '../codec/size-limits';
import { MessageWriter } from './message-writer';
import { CLIENT_VERSION } from './protocol-version';
import { allToAnnounce, unclusteredToAnnounce } from './sendable';
import type { ServerOptions } from './server';
import { Permissions } from './server-login';
import { writeCloneArtifacts } from './server-clone';
import type { ServerContext, ServerPart } from './server-part';
import { SERVER_PARTS } from './server-parts';
import { writeArtifact } from './send-artifact';

/** Gimmes in one reply (fossil.md 2.7). */
const GIMMES = 500;
/** Soft limits of a reply. */
const MAX_DOWNLOAD_BYTES = 5_000_000;
const MAX_DOWNLOAD_SECONDS = 30;

/** A card and the offset behind it: the login card signs what follows. */
export interface ReadableCard {
  card: Card;
  end: number;
}

/** The cards of a message; in the end, why the rest cannot be read. */
export type ReadableCards = Generator<ReadableCard, string | undefined, void>;

/** A refusal that ends the reading of the message. */
class Refused extends Error {}

/** The answer to one message (fossil.md 4). */
export class ServerRound {
  readonly #repository: Repository;
  readonly #options: ServerOptions;
  readonly #message: Uint8Array;
  readonly #reply = new MessageWriter();
  readonly #permissions: Permissions;
  readonly #onRemote = new Set<Rid>();
  readonly #deadline: number;
  readonly #maxBytes: number;
  #session: CrosslinkSession | undefined;
  #configReceiver: ConfigReceiver | undefined;
  #dangling: ReadonlySet<Rid> | undefined;
  #errors = 0;
  #isPulling = false;
  #isPushing = false;
  #hasGimmes = false;
  #clonesByIgot = false;
  #sendsCatalog = false;
  readonly #parts: readonly ServerPart[] = SERVER_PARTS.map((make) => make());
  readonly #context: ServerContext;
  #sharesPrivate = false;
  #isNextPrivate = false;
  /** Clone protocol 3: the reply travels without a container whatever the request was. */
  isUncompressed = false;

  constructor(repository: Repository, message: Uint8Array, options: ServerOptions) {
    this.#repository = repository;
    this.#message = message;
    this.#options = options;
    this.#permissions = new Permissions(repository);
    const { config, environment } = repository;
    this.#maxBytes = positive(config.get('max-download'), MAX_DOWNLOAD_BYTES);
    this.#deadline = environment.clock.now() + 1000 * positive(config.get('max-download-time'), MAX_DOWNLOAD_SECONDS);
    const isPulling = (): boolean => this.#isPulling;
    const isPushing = (): boolean => this.#isPushing;
    this.#context = {
      repository,
      reply: this.#reply,
      permissions: this.#permissions,
      isReadOnly: options.isReadOnly === true,
      get isPulling() {
        return isPulling();
      },
      get isPushing() {
        return isPushing();
      },
      isFull: () => this.#isFull(),
      refuse: (text) => this.#refuse(text),
    };
  }

  /** Reading locks nobody out; from the first card on that writes, all that the message does is one transaction. */
  answer(cards: ReadableCards): Uint8Array {
    const writing = this.#takeWhile(cards, (card) => !this.#writes(card));
    if (writing === undefined) return this.#finish();
    return this.#repository.transaction(() => {
      this.#takeWhile(continued(writing, cards), () => true);
      return this.#finish();
    });
  }

  /** @returns the first card for which the condition does not hold, untaken */
  #takeWhile(cards: ReadableCards, condition: (card: Card) => boolean): ReadableCard | undefined {
    try {
      let step = cards.next();
      for (; step.done !== true; step = cards.next()) {
        if (!condition(step.value.card)) return step.value;
        this.#take(step.value.card, step.value.end);
      }
      if (step.value !== undefined) this.#refuse(step.value);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    return undefined;
  }

  #writes(card: Card): boolean {
    if (this.#options.isReadOnly === true) return false;
    return card.kind === 'push' || card.kind === 'config' || this.#parts.some((part) => part.writes(card));
  }

  #finish(): Uint8Array {
    this.#session?.end();
    this.#configReceiver?.end();
    if (this.#isPushing) this.#writeGimmes();
    if (this.#clonesByIgot && !this.#hasGimmes) this.#writeIgots(allToAnnounce(this.#repository));
    else if (this.#isPulling) this.#writeAnnouncements();
    for (const part of this.#parts) part.finish(this.#context);
    const stamp = formatStamp(this.#repository.environment.clock.now()).slice(0, 19);
    return this.#reply.comment(`timestamp ${stamp} errors ${this.#errors}`).bytes();
  }

  #take(card: Card, end: number): void {
    if (this.#parts.some((part) => part.take(card, this.#context))) return;
    switch (card.kind) {
      case 'login': {
        const problem = this.#permissions.login(card, this.#message.subarray(end));
        if (problem !== undefined) this.#refuse(problem);
        return;
      }
      case 'pull':
        this.#requireProject(card.projectCode);
        if (!this.#permissions.mayRead) this.#refuse('not authorized to read');
        this.#isPulling = true;
        return;
      case 'push':
        this.#requireProject(card.projectCode);
        this.#acceptPush();
        return;
      case 'clone':
        this.#clone(card.version, card.sequence);
        return;
      case 'file':
      case 'cfile':
        this.#store(card);
        return;
      case 'private':
        this.#isNextPrivate = true;
        return;
      case 'igot':
        if (this.#isPushing) this.#noteIgot(card.hash, card.isPrivate);
        return;
      case 'gimme':
        this.#hasGimmes = true;
        if (this.#isPulling) this.#send(card.hash);
        return;
      case 'reqconfig':
        if (this.#permissions.mayRead)
          writeConfigGroup(this.#repository, card.group, this.#reply, {
            withSensitive: this.#permissions.mayConfigure,
          });
        return;
      case 'config':
        if (!this.#permissions.mayConfigure || this.#options.isReadOnly === true)
          this.#refuse('not authorized to push configuration');
        this.#configReceiver ??= new ConfigReceiver(this.#repository, { withSensitive: true });
        this.#configReceiver.take(card.table, card.payload);
        return;
      case 'pragma':
        this.#heedPragma(card.name, card.parameters);
        return;
      case 'unknown':
        this.#reply.clear();
        this.#reply.notice('error', `bad command: ${card.line}`);
        this.#errors++;
        return;
      default:
        return;
    }
  }

  /** Wipes what was written, says why, and reads no further (fossil.md 4). */
  #refuse(text: string): never {
    this.#reply.clear();
    this.#reply.notice('error', text);
    this.#errors++;
    throw new Refused(text);
  }

  #requireProject(code: string): void {
    if (code !== this.#repository.projectCode) this.#refuse('wrong project');
  }

  #acceptPush(): void {
    if (this.#permissions.mayWrite && this.#options.isReadOnly !== true) this.#isPushing = true;
    else if (this.#isPulling) this.#reply.notice('message', 'pull only - not authorized to push');
    else this.#refuse('not authorized to write');
  }

  #clone(version: number, sequence: number): void {
    const { serverCode, projectCode } = this.#repository;
    if (!this.#permissions.mayClone) {
      this.#reply.clear();
      this.#reply.card('push', serverCode, projectCode ?? '');
      this.#reply.notice('error', 'not authorized to clone');
      this.#errors++;
      throw new Refused();
    }
    if (version < 2) {
      this.#isPulling = true;
      this.#clonesByIgot = true;
      this.#reply.card('push', serverCode, projectCode ?? '');
      return;
    }
    if (sequence < 1) this.#refuse('invalid clone sequence number');
    this.isUncompressed = version >= 3;
    writeCloneArtifacts(this.#repository, this.#reply, {
      sequence,
      isCompressed: version >= 3,
      dangling: this.#danglingDeltas(),
      withPrivate: this.#sharesPrivate,
      isFull: () => this.#isFull(),
    });
    this.#reply.card('push', serverCode, projectCode ?? '');
  }

  #isFull(): boolean {
    return this.#reply.size >= this.#maxBytes || this.#repository.environment.clock.now() > this.#deadline;
  }

  #store(card: FileCard | CompressedFileCard): void {
    const isPrivate = this.#isNextPrivate;
    this.#isNextPrivate = false;
    if (!this.#isPushing) this.#refuse('not authorized to write');
    if (isPrivate && !this.#permissions.maySharePrivate) {
      this.#reply.notice('error', 'not authorized to sync private content');
      return;
    }
    const { zlib } = this.#repository.environment;
    const artifact: ReceivedArtifact = {
      hash: card.hash,
      payload: card.kind === 'file' ? card.payload : unpackContainer(zlib, card.container, ARTIFACT_LIMIT),
      isPrivate,
      ...(card.deltaSource === undefined ? {} : { deltaSource: card.deltaSource }),
    };
    const { userId, nonce } = this.#permissions;
    this.#repository.receivedFrom({
      ...(userId === undefined ? {} : { userId }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(this.#options.clientAddress === undefined ? {} : { address: this.#options.clientAddress }),
    });
    this.#session ??= new CrosslinkSession(this.#repository, { isBulk: true });
    const rid = receiveArtifact(this.#repository, this.#session, artifact);
    this.#dangling = undefined;
    if (rid !== undefined) this.#onRemote.add(rid);
  }

  #noteIgot(hash: Hash, isPrivate: boolean): void {
    const { blobs } = this.#repository;
    const known = blobs.rid(hash);
    if (known === undefined && isPrivate && !this.#permissions.maySharePrivate) return;
    if (known === undefined && blobs.isShunned(hash)) return;
    this.#onRemote.add(known ?? blobs.ridOrPhantom(hash, { isPrivate }));
  }

  #heedPragma(name: string, parameters: readonly string[]): void {
    if (name === 'client-version' && parameters.length >= 3) this.#reply.pragma('server-version', ...CLIENT_VERSION);
    if (name === 'send-catalog') this.#sendsCatalog = true;
    if (name !== 'send-private') return;
    if (this.#permissions.maySharePrivate) this.#sharesPrivate = true;
    else this.#reply.notice('error', 'not authorized to sync private content');
  }

  /** One artifact that the client asked for; when the reply is full, its name only. */
  #send(hash: Hash): void {
    const { blobs } = this.#repository;
    const rid = blobs.rid(hash);
    if (rid === undefined || this.#onRemote.has(rid)) return;
    if (blobs.isPhantom(rid) || blobs.isShunned(hash) || this.#danglingDeltas().has(rid)) return;
    const isPrivate = blobs.isPrivate(rid);
    if (this.#isFull() || (isPrivate && !this.#sharesPrivate)) {
      this.#reply.igot(hash, isPrivate);
      return;
    }
    if (isPrivate) this.#reply.card('private');
    writeArtifact(this.#repository, rid, this.#reply);
    this.#onRemote.add(rid);
  }

  #writeGimmes(): void {
    const wanted = this.#repository.blobs.wanted({ withPrivate: this.#sharesPrivate });
    for (const hash of wanted.slice(0, GIMMES)) this.#reply.card('gimme', hash);
  }

  #writeAnnouncements(): void {
    if (this.#options.isReadOnly !== true && hasArtifactsToCluster(this.#repository))
      this.#repository.transaction(() => createClusters(this.#repository));
    this.#writeIgots(this.#sendsCatalog ? allToAnnounce(this.#repository) : unclusteredToAnnounce(this.#repository));
    if (!this.#sharesPrivate) return;
    const hidden = this.#repository.db
      .prepare('SELECT uuid FROM private JOIN blob USING(rid) WHERE size>=0 ORDER BY rid')
      .all<{ uuid: Hash }>();
    for (const { uuid } of hidden) this.#reply.igot(uuid, true);
  }

  #writeIgots(artifacts: readonly { rid: Rid; hash: Hash }[]): void {
    for (const { rid, hash } of artifacts) if (!this.#onRemote.has(rid)) this.#reply.igot(hash);
  }

  #danglingDeltas(): ReadonlySet<Rid> {
    this.#dangling ??= new Set(this.#repository.blobs.danglingDeltas());
    return this.#dangling;
  }
}

function positive(text: string | undefined, byDefault: number): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : byDefault;
}

function* continued(first: ReadableCard, rest: ReadableCards): ReadableCards {
  yield first;
  return yield* rest;
}
