import { decodeToken } from '../codec/fossil-encoding';
import { formatStamp } from '../codec/julian-day';
import { artifactLimit } from '../codec/size-limits';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { MessageSource } from './message-source';
import type { MessageWriter } from './message-writer';
import type { RequestObserver } from './request-observer';
import { CLIENT_VERSION } from './protocol-version';
import { ReplySnapshots, type ReplySnapshot } from './reply-snapshot';
import { readRequest, type ReadableCard, type ReadableCards } from './request-reader';
import { writeCloneArtifacts, writeInflatedCloneArtifacts, type CloneSlice } from './server-clone';
import { Refused, ServerExchange } from './server-exchange';
import { MAX_CARDS, type RequestOrigin, type ServerOptions } from './server-options';
import { serverParts } from './server-parts';
import type { ServerPart } from './server-part';
import { atOnce, type Steps } from './turns';
import { VerifiedContents } from './verified-contents';

/** A transaction of several takes about this long, and at least as often as long as to end it: the portable driver then writes the whole file. */
const SLICE_MS = 60;
const TIMES_COMMIT = 4;

/** Cards by which a client pushes artifacts. */
const OF_ARTIFACTS: ReadonlySet<Card['kind']> = new Set(['private', 'file', 'cfile', 'igot']);

/** The first version of Fossil with SHA3 names, as clients tell it. */
const KNOWS_SHA3 = 20_000;

/** The answer to one message (fossil.md 4). */
export class ServerRound {
  readonly #message: MessageSource;
  readonly #options: ServerOptions;
  readonly #observer: RequestObserver | undefined;
  readonly #exchange: ServerExchange;
  readonly #parts: readonly ServerPart[];
  #snapshot: ReplySnapshot | undefined;
  #hasStoredPart = false;
  /** Where the cards end that have been taken. */
  #taken = 0;

  constructor(
    repository: Repository,
    message: MessageSource,
    origin: RequestOrigin,
    options: ServerOptions,
    observer?: RequestObserver,
  ) {
    this.#observer = observer;
    this.#message = message;
    this.#options = options;
    this.#exchange = new ServerExchange(repository, origin, options, observer?.sent);
    this.#parts = serverParts(options);
  }

  /** The reply travels without a container whatever the request was. */
  get isUncompressed(): boolean {
    return this.#exchange.isUncompressed;
  }

  /** A first part of the message is in the repository: the same message would be refused as a replay. */
  get hasStoredPart(): boolean {
    return this.#hasStoredPart;
  }

  /** @returns false when the name and password of HTTP Basic are wrong */
  authorize(): boolean {
    const { origin, permissions } = this.#exchange;
    return origin.authorization === undefined || permissions.authorize(origin.authorization);
  }

  /**
   * Reading locks nobody out, and others have their turn meanwhile. From the first card on that writes, all that the message stores is one
   * transaction, or, where all its artifacts have been found to be right before, several with others' turns between them, each of which leaves a
   * consistent repository, as if the client had sent smaller messages. What was asked for is sent after that.
   */
  *answer(): Steps<MessageWriter> {
    this.#exchange.repository.heedOthers();
    const limit = artifactLimit(this.#exchange.repository.environment);
    const cards = readRequest(this.#message, this.#options.maxCards ?? MAX_CARDS, limit);
    const writing = yield* this.#readUntilWriting(cards);
    if (writing === undefined) this.#finish();
    else yield* this.#store(writing, cards);
    for (const part of this.#parts) if (part.conclude) yield* part.conclude(this.#exchange);
    const { reply, repository, errors } = this.#exchange;
    const stamp = formatStamp(repository.environment.clock.now()).slice(0, 19);
    return reply.comment(`timestamp ${stamp} errors ${errors}`);
  }

  /** Lets go of what the reply may still have needed. */
  close(): void {
    this.#snapshot?.close();
  }

  *#store(first: ReadableCard, others: ReadableCards): Steps<void> {
    const { repository } = this.#exchange;
    const cards = continued(first, others);
    const contents = yield* this.#verify(this.#taken);
    if (contents === undefined) {
      repository.transaction(() => {
        this.#unlessRefused(() => atOnce(this.#takeWhile(cards, () => true)));
        this.#finish();
      });
      return;
    }
    this.#exchange.contents = contents;
    try {
      yield* this.#storeInSlices(cards);
    } finally {
      this.#exchange.contents = undefined;
      contents.forget();
    }
  }

  *#verify(from: number): Steps<VerifiedContents | undefined> {
    const { repository } = this.#exchange;
    const rest = { length: this.#message.length - from, read: (offset = 0) => this.#message.read(from + offset) };
    const cards = readRequest(rest, this.#options.maxCards ?? MAX_CARDS, artifactLimit(repository.environment));
    return yield* VerifiedContents.of(repository, cards, {
      isOther: (card) => !OF_ARTIFACTS.has(card.kind) && this.#writes(card),
    });
  }

  *#storeInSlices(cards: ReadableCards): Steps<void> {
    const { repository } = this.#exchange;
    const { clock, faults } = repository.environment;
    let slice = SLICE_MS;
    for (;;) {
      const { isOver, stored } = repository.transaction(() => this.#storeSlice(cards, slice));
      if (isOver) return;
      this.#hasStoredPart = true;
      faults?.at('message-part-stored');
      slice = Math.max(SLICE_MS, TIMES_COMMIT * (clock.now() - stored));
      yield;
    }
  }

  /** @returns whether it was the last, and when all of it was in the store but for the end of the transaction */
  #storeSlice(cards: ReadableCards, milliseconds: number): { isOver: boolean; stored: number } {
    if (this.#hasStoredPart) for (const part of this.#parts) part.resume?.(this.#exchange);
    const isOver = this.#unlessRefused(() => this.#takeFor(cards, milliseconds)) !== true;
    if (isOver) this.#finish();
    else for (const part of this.#parts) part.interrupt?.(this.#exchange);
    return { isOver, stored: this.#exchange.repository.environment.clock.now() };
  }

  /** @returns whether there may be more */
  #takeFor(cards: ReadableCards, milliseconds: number): boolean {
    const { clock } = this.#exchange.repository.environment;
    const until = clock.now() + milliseconds;
    do {
      if (this.#parts.some((part) => part.proceed?.(this.#exchange) === true)) continue;
      const step = cards.next();
      if (step.done === true) {
        if (step.value !== undefined) this.#exchange.refuse(step.value);
        return false;
      }
      this.#take(step.value.card, step.value.end);
    } while (clock.now() < until);
    return true;
  }

  *#readUntilWriting(cards: ReadableCards): Steps<ReadableCard | undefined> {
    try {
      this.#takeLoginOfHeader();
      return yield* this.#takeWhile(cards, (card) => !this.#writes(card));
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  }

  #unlessRefused<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  }

  /** @returns the first card for which the condition does not hold, untaken */
  *#takeWhile(cards: ReadableCards, condition: (card: Card) => boolean): Steps<ReadableCard | undefined> {
    let step = cards.next();
    for (; step.done !== true; step = cards.next()) {
      if (!condition(step.value.card)) return step.value;
      this.#take(step.value.card, step.value.end);
      yield* this.#exchange.pause();
    }
    if (step.value !== undefined) this.#exchange.refuse(step.value);
    return undefined;
  }

  #writes(card: Card): boolean {
    if (this.#exchange.isReadOnly) return false;
    return this.#parts.some((part) => part.writes?.(card, this.#exchange) === true);
  }

  #finish(): void {
    for (const part of this.#parts) this.#unlessRefused(() => part.finish?.(this.#exchange));
  }

  #take(card: Card, end: number): void {
    this.#taken = end;
    this.#observer?.received(card);
    if (this.#parts.some((part) => part.take(card, this.#exchange))) return;
    const exchange = this.#exchange;
    switch (card.kind) {
      case 'login':
        this.#login(card, end);
        return;
      case 'pull':
        this.#requireProject(card.projectCode);
        if (!exchange.permissions.mayRead) exchange.refuse('not authorized to read');
        exchange.isPulling = true;
        return;
      case 'push':
        this.#requireProject(card.projectCode);
        this.#acceptPush();
        return;
      case 'clone':
        this.#clone(card.version, card.sequence);
        return;
      case 'pragma':
        this.#heedPragma(card.name, card.parameters);
        return;
      case 'unknown':
        this.#refuseCommand(card.line);
        return;
      // What only servers say.
      case 'clone-sequence':
        this.#refuseCommand('clone_seqno');
        return;
      case 'uvigot':
      case 'error':
      case 'message':
        this.#refuseCommand(card.kind);
        return;
      default:
        return;
    }
  }

  /** Wipes what was written, but reads on, and does not count it (fossil.md 2.1). */
  #refuseCommand(line: string): void {
    this.#exchange.wipe();
    this.#exchange.reply.notice('error', `bad command: ${line}`);
  }

  #takeLoginOfHeader(): void {
    const [keyword, user, nonce, signature, ...rest] = this.#exchange.origin.loginCard?.trim().split(/\s+/) ?? [];
    if (keyword !== 'login' || user === undefined || nonce === undefined || signature === undefined) return;
    if (rest.length === 0) this.#login({ user: decodeToken(user), nonce, signature }, 0);
  }

  #login(card: { user: string; nonce: string; signature: string }, end: number): void {
    const problem = this.#exchange.permissions.login(card, this.#message, end);
    if (problem !== undefined) this.#exchange.refuse(problem);
  }

  #requireProject(code: string): void {
    if (code !== this.#exchange.repository.projectCode) this.#exchange.refuse('wrong project');
  }

  /** A refusal does not end the message: a pull may follow. */
  #acceptPush(): void {
    const exchange = this.#exchange;
    if (exchange.permissions.mayWrite && !exchange.isReadOnly) exchange.isPushing = true;
    else if (exchange.isPulling) exchange.reply.notice('message', 'pull only - not authorized to push');
    else exchange.fail('not authorized to write');
  }

  #clone(version: number, sequence: number): void {
    const exchange = this.#exchange;
    const { repository, reply } = exchange;
    const identity = ['push', repository.serverCode, repository.projectCode ?? ''];
    if (!exchange.permissions.mayClone) {
      exchange.wipe();
      reply.card(...identity);
      reply.notice('error', 'not authorized to clone');
      exchange.errors++;
      throw new Refused();
    }
    if (version < 2) {
      exchange.isPulling = true;
      exchange.isCloningByName = true;
    } else if (sequence < 1) {
      exchange.refuse('invalid clone sequence number');
    } else {
      this.#writeClone(version, {
        sequence,
        dangling: exchange.danglingDeltas(),
        withPrivate: exchange.sharesPrivate,
        takesSha3: exchange.takesSha3,
        isFull: (planned) => !exchange.takesContent(planned),
      });
    }
    reply.card(...identity);
  }

  #writeClone(version: number, slice: CloneSlice): void {
    const { repository, reply } = this.#exchange;
    if (version < 3) {
      writeInflatedCloneArtifacts(repository, reply, slice);
      return;
    }
    this.#exchange.sendUncompressed();
    this.#snapshot ??= ReplySnapshots.of(repository.db).open();
    writeCloneArtifacts(repository, reply, slice, this.#snapshot);
  }

  #heedPragma(name: string, parameters: readonly string[]): void {
    const exchange = this.#exchange;
    if (name === 'client-version') exchange.takesSha3 = Number.parseInt(parameters[0] ?? '', 10) >= KNOWS_SHA3;
    if (name === 'client-version' && parameters.length >= 3) {
      exchange.clientDate = Number(parameters[1]) || 0;
      exchange.reply.pragma('server-version', ...CLIENT_VERSION);
    }
    if (name !== 'send-private') return;
    if (exchange.permissions.maySharePrivate) exchange.sharesPrivate = true;
    else exchange.reply.notice('error', 'not authorized to sync private content');
  }
}

function* continued(first: ReadableCard, rest: ReadableCards): ReadableCards {
  yield first;
  return yield* rest;
}
