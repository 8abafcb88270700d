import { EngineError, hasCode } from '../errors';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { SyncOptions, SyncStatistics } from './client';
import { Conversation } from './conversation';
import { maxUpload } from './max-upload';
import type { MessageWriter } from './message-writer';
import { PullSide } from './pull-side';
import { PushSide } from './push-side';
import { refusal } from './refusal';
import { SeenClient } from './seen-client';
import type { SessionObserver } from './session-observer';
import { refuseStrange } from './strange-card';
import type { SyncPart, SyncRound } from './sync-part';
import { SyncProgress } from './sync-progress';
import type { Session } from './transport';

/** One pull, push or sync (fossil.md 3): rounds until nothing moves in either direction. */
export class SyncRun {
  readonly #repository: Repository;
  readonly #options: SyncOptions;
  readonly #conversation: Conversation;
  readonly #session: Session;
  readonly #progress: SyncProgress;
  /** Absent where the content is another project's. */
  readonly #seen: SeenClient | undefined;
  readonly #maxUpload: number;
  readonly #parts: readonly SyncPart[];
  readonly #pull: PullSide | undefined;
  readonly #push: PushSide | undefined;
  /** What the server has told to keep and to send with every message. */
  #cookie: string | undefined;

  constructor(repository: Repository, session: Session, options: SyncOptions, observer?: SessionObserver) {
    this.#repository = repository;
    this.#session = session;
    this.#options = options;
    this.#parts = options.parts ?? [];
    const projectCode = options.projectCode ?? requireProject(repository);
    const onRemote = new Set<Rid>();
    const sides = { projectCode, withPrivate: options.withPrivate ?? false, isThorough: options.isThorough ?? false };
    if (options.projectCode === undefined && (options.pull || options.push))
      this.#seen = new SeenClient(repository, session.remote);
    this.#progress = new SyncProgress(repository, {
      isPulling: options.pull,
      isPushing: options.push,
      isOwnServer: this.#seen?.isOwnServer ?? false,
      onProgress: options.onProgress,
    });
    if (options.push) {
      this.#push = new PushSide(repository, onRemote, { ...sides, sizes: this.#progress.outgoing });
    }
    if (options.pull) {
      const [signal, onStored] = [options.signal, (): void => this.#report()];
      const isClone = options.isClone ?? false;
      this.#pull = new PullSide(repository, onRemote, { ...sides, isClone, signal, onStored });
    }
    this.#conversation = new Conversation(repository, session, {
      signal: options.signal,
      observer,
      projectCode,
      onBytes: () => this.#report(),
    });
    this.#maxUpload = maxUpload(repository);
  }

  async run(): Promise<SyncStatistics> {
    await this.#progress.measureFirst();
    this.#report();
    let isMoving = true;
    for (let number = 1; isMoving; number++) {
      const error = await this.#exchange(this.#repository.snapshot(() => this.#compose(number)));
      this.#heedNotices();
      if (error !== undefined && this.#mayGoOnPulling(error)) {
        number--;
        continue;
      }
      if (error !== undefined) {
        await this.#pull?.store();
        throw refusal(error, this.#conversation.remote, this.#request());
      }
      isMoving = await this.#digest(number);
    }
    this.#push?.finish();
    // Whoever pulls has by now all that the server had when it answered last.
    if (this.#options.pull && this.#pull?.missing === 0) this.#seen?.keep();
    return this.#finish();
  }

  #compose(number: number): MessageWriter {
    const message = this.#conversation.begin();
    if (this.#options.withPrivate === true) message.pragma('send-private');
    const withContent = this.#options.pull && this.#options.isThorough !== true && this.#options.withPrivate !== true;
    this.#seen?.compose(message, { withContent });
    const cookie = this.#repository.config.get('cookie');
    if (cookie !== undefined) message.card('cookie', cookie);
    // Fossil's servers let somebody who may not push go on pulling when the pull stands first.
    this.#pull?.compose(message, number, { asksNothing: withContent && this.#seen?.isToGoOn === true });
    this.#push?.compose(message, number, this.#maxUpload);
    if (number === 1 && this.#options.publicUrl !== undefined) message.pragma('client-url', this.#options.publicUrl);
    for (const part of this.#parts) part.compose(message, this.#syncRound(number));
    return message;
  }

  /** @returns what the server refuses, undefined when all went well */
  async #exchange(message: MessageWriter): Promise<string | undefined> {
    try {
      const take = (card: Card): void => this.#take(card);
      const { errors } = await this.#composingAhead(
        this.#conversation.exchange(message, take, async () => this.#pull?.relieve()),
      );
      return errors[0];
    } catch (error) {
      // What has come whole need not come again.
      if (isFaultOfReply(error) && this.#pull !== undefined) {
        await this.#pull.store();
        this.#seen?.digest();
      }
      throw error;
    }
  }

  /** While the server works, the next message is prepared. What fails in that fails again, and for all to see, when it is composed. */
  async #composingAhead<T>(exchange: Promise<T>): Promise<T> {
    let isOver = false;
    const work = Promise.allSettled([this.#workAhead(() => isOver)]);
    try {
      return await exchange;
    } finally {
      isOver = true;
      await work;
    }
  }

  async #workAhead(isOver: () => boolean): Promise<void> {
    await this.#conversation.departure();
    await this.#push?.composeAhead(this.#maxUpload, isOver);
    await this.#progress.measureAhead(isOver);
  }

  #take(card: Card): void {
    this.#progress.hear(card);
    if (this.#seen?.take(card) === true) {
      this.#progress.learn(this.#seen.told, this.#conversation);
      return;
    }
    const isStoredSo = this.#seen?.isReceiving === true;
    if (this.#pull?.take(card, { isStoredSo }) === true || this.#push?.take(card) === true) return;
    // A clone of protocol 1 hears with each reply whose project it is.
    if (card.kind !== 'push' || this.#options.isClone !== true) refuseStrange(card);
    if (card.kind === 'cookie') this.#cookie = card.text;
    else this.#parts.some((part) => part.take(card));
  }

  /** @returns whether another round is worth it */
  async #digest(number: number): Promise<boolean> {
    const { config, environment } = this.#repository;
    const cookie = this.#cookie;
    if (cookie !== undefined && cookie !== config.get('cookie')) {
      this.#repository.transaction(() => config.set('cookie', cookie));
    }
    // The server has committed what the message held, also when what its reply brought cannot be stored.
    const isPushMoving = this.#push?.digest() ?? false;
    const isShared = this.#parts.some(({ hasBrought }) => hasBrought === true);
    const isPullMoving = (await this.#pull?.digest({ isShared })) ?? false;
    const isSendingOn = this.#seen?.digest(this.#pull?.hasNew) ?? false;
    if (this.#seen?.hasGivenUp === true) environment.faults?.at('plan-given-up');
    this.#progress.learn(this.#seen?.told, this.#conversation);
    // A server tells whoever only pushes as long as nobody else adds anything.
    if (!this.#options.pull) this.#seen?.keep();
    environment.faults?.at('reply-applied');
    await this.#progress.digest(
      this.#session,
      this.#conversation,
      () => this.#pull?.missing ?? 0,
      this.#options.signal,
    );
    let isMoving = isPullMoving || isPushMoving || isSendingOn;
    for (const part of this.#parts) if (await part.digest(this.#syncRound(number))) isMoving = true;
    if (isMoving) this.#report();
    return isMoving;
  }

  #syncRound(number: number): SyncRound {
    const isPushing = this.#push?.isRefused === false;
    return { number, isPulling: this.#options.pull, isPushing, maxBytes: this.#maxUpload };
  }

  #request(): 'sync' | 'pull' | 'push' {
    if (this.#options.pull === this.#options.push) return 'sync';
    return this.#options.pull ? 'pull' : 'push';
  }

  #heedNotices(): void {
    if (this.#conversation.messages.some((text) => text.startsWith('pull only '))) this.#push?.refuse();
  }

  /** Where there were files to send, a refused push ends the whole message: the pull wants another one without it. */
  #mayGoOnPulling(error: string): boolean {
    if (this.#push?.isRefused !== false || !this.#options.pull) return false;
    if (!error.startsWith('not authorized to write')) return false;
    this.#push.refuse();
    return true;
  }

  #report(): void {
    if (!this.#progress.isHeard) return;
    const { received = 0, arriving = 0, asked = 0 } = this.#pull ?? {};
    this.#progress.report(this.#conversation, {
      received: received + arriving,
      asked,
      sent: this.#push?.sent ?? 0,
      parts: this.#parts.flatMap((part) => part.progress?.() ?? []),
    });
  }

  #finish(): SyncStatistics {
    const { bytesReceived, bytesSent, roundTrips, messages, clockSkew } = this.#conversation;
    const { received = 0, leftOut = [] } = this.#pull ?? {};
    const { sent = 0, isRefused = false } = this.#push ?? {};
    const { blobs } = this.#repository;
    this.#progress.finish(received + sent);
    return {
      received,
      sent,
      bytesReceived,
      bytesSent,
      roundTrips,
      messages,
      wasPushRefused: isRefused,
      unresolved: blobs.danglingDeltas().map((rid) => blobs.hash(rid)),
      leftOut,
      ...(clockSkew === undefined ? {} : { clockSkew }),
    };
  }
}

/** What stood before the fault is verified like all that comes. */
function isFaultOfReply(error: unknown): boolean {
  return hasCode(
    error,
    ...(['connection-lost', 'reply-truncated', 'protocol'] as const),
    ...(['card-malformed', 'container-malformed', 'artifact-too-large'] as const),
  );
}

function requireProject({ projectCode }: Repository): string {
  if (projectCode !== undefined) return projectCode;
  throw new EngineError(
    'wrong-project',
    'This repository belongs to no project yet: its clone was never finished. Clone it again.',
  );
}
