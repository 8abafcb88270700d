import { containerSize, packContainer } from '../codec/container';
import { artifactLimit, HOW_TO_TAKE_LARGER } from '../codec/size-limits';
import { deltaTargetSize } from '../codec/delta-apply';
import { EngineError, throwIfCancelled } from '../errors';
import type { Hash } from '../identifiers';
import { clearDerived } from '../repository/clear-derived';
import { storeCloned, type ClonedArtifact } from '../repository/clone-store';
import { verifyAndCrosslinkClone } from '../repository/clone-verification';
import type { Repository } from '../repository/repository';
import type { Card } from './card';
import type { CloneOptions, CloneStatistics, SyncOptions } from './client';
import { CloneState } from './clone-state';
import { ConfigReceiver } from './config-exchange';
import { Conversation, type RoundOutcome } from './conversation';
import { forecastClone } from './clone-forecast';
import { estimate } from './estimate';
import type { MessageWriter } from './message-writer';
import { ProgressMeter } from './progress-meter';
import { refusal, wrongProject } from './refusal';
import { isVisitor, needsNoLogin } from './remote';
import { readStatistics, STATISTICS_PATH, type ServerStatistics } from './server-statistics';
import { SeenClient } from './seen-client';
import type { SessionObserver } from './session-observer';
import { strangeCard } from './strange-card';
import { SyncRun } from './sync-run';
import type { Session } from './transport';

/**
 * The portable driver writes the whole file each time: what has come since is this share of what has been written, or at least that
 * many bytes, so that all writing together stays within a few times the file.
 */
const UNSAVED_SHARE = 0.25;
const UNSAVED_BYTES = 8_000_000;
/** Rounds in a row without anything new: whole parts of a repository may be private. */
const EMPTY_ROUNDS = 20;

/** Artifacts of a reply are stored before more is read once their containers hold this many bytes. */
const BATCH_BYTES = 16_000_000;

/** Shares of the bar, measured on a loopback server; a slow network only makes receiving slower. */
const RECEIVE_SHARE = 0.6;
const VERIFY_SHARE = 0.2;
const CROSSLINK_SHARE = 0.2;

/** What one reply brings. */
interface Round {
  artifacts: ClonedArtifact[];
  /** Of their containers. */
  bytes: number;
  /** What a server of protocol 1 names instead of sending it. */
  names: Hash[];
  isNextPrivate: boolean;
  /** It shows unversioned files without having been asked. */
  offersUnversioned: boolean;
  asksConfig: boolean;
  config: { table: string; payload: Uint8Array }[];
  /** Whoever has logged in gets as much of the configuration as the server lets him, users included. */
  isLoggedIn: boolean;
  projectCode?: string;
  server?: string;
  nextSequence?: number;
}

/** A round that has come, and what was asked for. */
interface AskedRound {
  round: Round;
  /** The row of the server that was asked for; 0: none. */
  sequence: number;
  outcome: RoundOutcome;
}

/**
 * One clone (fossil.md 3.6): artifacts in the server's order, a transaction per round, then verification. Protocol 3 is asked for; a server
 * that knows only 2 answers by other cards, and one of protocol 1 with names, which are then asked for.
 */
export class CloneRun {
  readonly #repository: Repository;
  readonly #options: CloneOptions;
  readonly #session: Session;
  readonly #observer: SessionObserver | undefined;
  readonly #conversation: Conversation;
  readonly #meter: ProgressMeter;
  readonly #state: CloneState;
  readonly #seen: SeenClient;
  readonly #isContinued: boolean;
  #statistics: ServerStatistics = {};
  /** Next row of the server to ask for; 0: all have come. */
  #sequence: number;
  #stored: number;
  /** Artifacts that an interrupted clone had brought. */
  readonly #before: number;
  #arriving = 0;
  /** Rounds in a row that brought nothing, and what was stored before the last that was looked at. */
  #emptyRounds = 0;
  #storedBefore = -1;
  #isConfigDone: boolean;
  /** Bytes of rounds, and those of them that the driver has been told to keep. */
  #storedBytes = 0;
  #savedBytes = 0;

  constructor(repository: Repository, session: Session, options: CloneOptions, observer?: SessionObserver) {
    this.#repository = repository;
    this.#session = session;
    this.#options = options;
    this.#observer = observer;
    this.#meter = new ProgressMeter(repository.environment.clock, options.onProgress);
    this.#conversation = new Conversation(repository, session, {
      signal: options.signal,
      observer,
      onBytes: () => this.#reportReceiving(),
    });
    this.#state = new CloneState(repository);
    this.#seen = new SeenClient(repository, session.remote);
    this.#sequence = this.#state.sequence;
    this.#isConfigDone = this.#state.isConfigured;
    this.#stored = repository.blobs.count();
    this.#before = this.#stored;
    this.#isContinued = this.#stored > 0;
  }

  async run(): Promise<CloneStatistics> {
    const { withPrivate = false } = this.#options;
    if (this.#isContinued) this.#state.requireKind(withPrivate);
    else this.#repository.transaction(() => this.#state.setWithPrivate(withPrivate));
    this.#meter.update({ phase: 'connect', ...(this.#isContinued ? { isContinued: true } : {}) }, 0);
    if (this.#sequence > 0 || !this.#isConfigDone) {
      await this.#learnStatistics();
      // The policy comes from the server, as by "fossil clone" (fossil.md 5.4).
      if (!this.#isConfigDone) this.#repository.transaction(() => this.#repository.config.remove('hash-policy'));
      await this.#receiveAll();
      this.#repository.db.persist();
    } else {
      // What an interrupted crosslinking has derived is derived again.
      this.#repository.transaction(() => clearDerived(this.#repository));
    }
    const verification = await verifyAndCrosslinkClone(this.#repository, {
      ...(this.#options.signal ? { signal: this.#options.signal } : {}),
      onProgress: ({ phase, done, total }) => this.#reportDeriving(phase, done, total),
    });
    this.#repository.transaction(() => {
      this.#state.setWhole();
      this.#settleHashPolicy();
      // What an interrupted clone had brought came by another answer.
      if (!this.#isContinued) this.#seen.keep();
    });
    this.#meter.finish('finish', verification.artifacts);
    const { bytesReceived, bytesSent, roundTrips, messages, clockSkew } = this.#conversation;
    return {
      received: verification.artifacts,
      sent: 0,
      bytesReceived,
      bytesSent,
      roundTrips,
      messages,
      wasPushRefused: false,
      ...(clockSkew === undefined ? {} : { clockSkew }),
      unresolved: verification.unresolved,
      warnings: verification.warnings,
    };
  }

  /** The project code lets the first round be signed; the totals make the bar honest. */
  async #learnStatistics(): Promise<void> {
    const options = this.#options.signal ? { signal: this.#options.signal } : {};
    this.#statistics = readStatistics(await this.#session.fetchJson(STATISTICS_PATH, options));
    const { projectCode } = this.#statistics;
    if (projectCode === undefined) return;
    if (this.#repository.projectCode === undefined)
      this.#repository.transaction(() => this.#repository.config.set('project-code', projectCode));
    else if (this.#repository.projectCode !== projectCode) throw wrongProject(this.#conversation.remote);
  }

  /** Asks for the next round before the last one is stored: the server works on it meanwhile. */
  async #receiveAll(): Promise<void> {
    let asked = this.#ask(false);
    for (;;) {
      const { round, sequence, outcome } = await asked;
      const [error] = outcome.errors;
      if (this.#mustSign(outcome, round)) {
        this.#storeRound(round);
        asked = this.#ask(false);
        continue;
      }
      if (error !== undefined) throw refusal(error, this.#conversation.remote, 'clone');
      if (round.names.length > 0 && round.nextSequence === undefined) {
        this.#storeRound(round);
        await this.#receiveByName(round.names);
        round.names = [];
        round.artifacts = [];
      } else if (sequence > 0) this.#advance(sequence, round);
      this.#isConfigDone ||= round.asksConfig;
      const isDone = this.#sequence === 0 && this.#isConfigDone;
      // What the server is asked must be signed, which takes the project code that the first round may bring.
      const isEarly = !isDone && this.#repository.projectCode !== undefined;
      if (isEarly) {
        asked = this.#ask(true);
        // Storing may fail: then nobody waits for this round any more, and closing the session ends it.
        asked.catch(() => undefined);
        await this.#conversation.departure();
        await this.#repository.environment.clock.yield();
      }
      if (isDone) this.#repository.environment.pool.prepare();
      this.#storeRound(round);
      if (isDone) return;
      if (!isEarly) asked = this.#ask(true);
    }
  }

  async #ask(mayAskConfig: boolean): Promise<AskedRound> {
    const sequence = this.#sequence;
    const asksConfig = (mayAskConfig || sequence === 0) && !this.#isConfigDone;
    const round: Round = {
      artifacts: [],
      bytes: 0,
      names: [],
      asksConfig,
      config: [],
      isLoggedIn: false,
      isNextPrivate: false,
      offersUnversioned: false,
    };
    const take = (card: Card): void => this.#take(card, round);
    const outcome = await this.#conversation.exchange(this.#compose(asksConfig), take, () => this.#relieve(round));
    round.isLoggedIn = outcome.isSigned || needsNoLogin(this.#conversation.remote);
    return { round, sequence, outcome };
  }

  #compose(asksConfig: boolean): MessageWriter {
    const message = this.#conversation.begin();
    if (this.#options.withPrivate === true) message.pragma('send-private');
    if (this.#sequence > 0) {
      if (this.#seen.told === undefined) this.#seen.compose(message, { withTotals: true });
      message.card('clone', 3, this.#sequence);
    }
    return asksConfig ? message.card('reqconfig', '/all') : message;
  }

  /** Protocol 1 (fossil.md 2.2): what has been named is asked for, as in a pull. */
  async #receiveByName(names: readonly Hash[]): Promise<void> {
    const { blobs, projectCode } = this.#repository;
    if (projectCode === undefined) throw unexpected('names of artifacts, and not that of their project');
    this.#repository.transaction(() => {
      for (const hash of names) blobs.ridOrPhantom(hash);
    });
    await this.#pullNamed();
    // All is derived once more after it has been verified.
    this.#repository.transaction(() => clearDerived(this.#repository));
    this.#sequence = 0;
    this.#stored = blobs.count();
  }

  async #pullNamed(): Promise<void> {
    const { signal, onProgress, withPrivate = false } = this.#options;
    const options: SyncOptions = {
      ...{ pull: true, push: false, isClone: true, withPrivate },
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (progress) => this.#meter.update(progress, progress.fraction * RECEIVE_SHARE) }),
    };
    const run = new SyncRun(this.#repository, this.#session, options, this.#observer);
    const { roundTrips, bytesReceived, bytesSent } = await run.run();
    this.#conversation.roundTrips += roundTrips;
    this.#conversation.bytesReceived += bytesReceived;
    this.#conversation.bytesSent += bytesSent;
  }

  #take(card: Card, round: Round): void {
    switch (card.kind) {
      case 'cfile': {
        const { hash, size, container, deltaSource } = card;
        this.#receive(round, { hash, size, container, ...(deltaSource === undefined ? {} : { deltaSource }) });
        return;
      }
      case 'file': {
        const { hash, payload, deltaSource } = card;
        const container = packContainer(this.#repository.environment.zlib, payload);
        const size = deltaSource === undefined ? payload.length : deltaTargetSize(payload);
        this.#receive(round, { hash, size, container, ...(deltaSource === undefined ? {} : { deltaSource }) });
        return;
      }
      case 'push':
        round.projectCode = card.projectCode;
        round.server = card.serverCode;
        return;
      case 'clone-sequence':
        round.nextSequence = card.next;
        return;
      case 'config':
        if (round.asksConfig) round.config.push(card);
        return;
      case 'private':
        if (this.#options.withPrivate !== true) throw unexpected('private content that was not asked for');
        round.isNextPrivate = true;
        return;
      case 'igot':
        if (!card.isPrivate) round.names.push(card.hash);
        return;
      case 'pragma':
        this.#seen.take(card);
        return;
      case 'uvigot':
        // Who clones fetches them once all artifacts are here.
        round.offersUnversioned = true;
        return;
      default: {
        const strange = strangeCard(card);
        if (strange !== undefined) throw unexpected(`"${strange}"`);
      }
    }
  }

  #receive(round: Round, artifact: ClonedArtifact): void {
    // What the card announces was looked at when it was read; the container may say something else.
    const size = containerSize(artifact.container);
    const limit = artifactLimit(this.#repository.environment);
    if (size > limit) {
      throw new EngineError(
        'artifact-too-large',
        `The server sent artifact ${artifact.hash}, of ${size} bytes; more than ${limit} bytes are not accepted. ${HOW_TO_TAKE_LARGER}`,
      );
    }
    round.artifacts.push(round.isNextPrivate ? { ...artifact, isPrivate: true } : artifact);
    round.isNextPrivate = false;
    round.bytes += artifact.container.length;
    this.#arriving++;
  }

  /** Only a refusal reveals the project code that the signature needs (fossil.md 1.5). */
  #mustSign(outcome: RoundOutcome, round: Round): boolean {
    const { remote } = this.#conversation;
    return (
      outcome.errors.length > 0 &&
      !outcome.isSigned &&
      round.projectCode !== undefined &&
      this.#repository.projectCode === undefined &&
      !isVisitor(remote) &&
      remote.password !== undefined
    );
  }

  #advance(asked: number, round: Round): void {
    const next = round.nextSequence;
    if (next === undefined)
      throw new EngineError(
        'reply-truncated',
        'The server did not say where the clone goes on; its reply may have been cut off. Try again.',
      );
    if (next !== 0 && next <= asked) throw unexpected('the same part of the repository again');
    // The round before this one has been stored by now: only that tells what of it was new.
    this.#emptyRounds = this.#stored > this.#storedBefore ? 0 : this.#emptyRounds + 1;
    this.#storedBefore = this.#stored;
    if (this.#emptyRounds > EMPTY_ROUNDS)
      throw unexpected('ever more parts of the repository with nothing new in them');
    this.#sequence = next;
  }

  /** While the reply streams: no more of it waits in memory than {@link BATCH_BYTES}. */
  async #relieve(round: Round): Promise<void> {
    if (round.bytes < BATCH_BYTES) return;
    const batch = round.artifacts;
    round.artifacts = [];
    round.bytes = 0;
    const added = this.#repository.transaction(() => storeCloned(this.#repository, batch));
    this.#noteStored(batch, added);
    await this.#repository.environment.clock.yield();
  }

  #storeRound(round: Round): void {
    throwIfCancelled(this.#options.signal);
    const { config } = this.#repository;
    const known = this.#repository.projectCode;
    if (round.projectCode !== undefined && known !== undefined && known !== round.projectCode)
      throw wrongProject(this.#conversation.remote);
    if (round.server !== undefined && (this.#state.server ?? round.server) !== round.server)
      throw new EngineError('repository-changed', 'The server has another file of this project now. Clone it again.');
    const added = this.#repository.transaction(() => {
      if (round.projectCode !== undefined && known === undefined) config.set('project-code', round.projectCode);
      const count = round.artifacts.length > 0 ? storeCloned(this.#repository, round.artifacts) : 0;
      const configuration = new ConfigReceiver(this.#repository, { withSensitive: round.isLoggedIn });
      for (const { table, payload } of round.config) configuration.take(table, payload);
      this.#state.sequence = this.#sequence;
      if (round.server !== undefined) this.#state.setServer(round.server);
      if (this.#isConfigDone) this.#state.setConfigured();
      if (round.offersUnversioned) this.#state.setOffersUnversioned();
      return count;
    });
    this.#repository.environment.faults?.at('clone-round-stored');
    this.#noteStored(round.artifacts, added);
  }

  #noteStored(artifacts: readonly ClonedArtifact[], added: number): void {
    this.#stored += added;
    this.#arriving -= artifacts.length;
    for (const { container } of artifacts) this.#storedBytes += container.length;
    if (this.#storedBytes - this.#savedBytes < Math.max(UNSAVED_BYTES, this.#savedBytes * UNSAVED_SHARE)) return;
    this.#repository.db.persist();
    this.#savedBytes = this.#storedBytes;
  }

  /** A server that tells no policy has one that follows from its artifacts (fossil.md 5.4). */
  #settleHashPolicy(): void {
    const { config, db } = this.#repository;
    if (config.get('hash-policy') !== undefined) return;
    const hasOnlySha1 =
      this.#stored > 0 && db.prepare('SELECT 1 FROM blob WHERE length(uuid)>40 LIMIT 1').get() === undefined;
    config.set('hash-policy', hasOnlySha1 ? '1' : '2');
  }

  #reportReceiving(): void {
    const { bytesReceived, roundTrips, reply } = this.#conversation;
    const artifacts = this.#stored + this.#arriving;
    const facts = {
      before: this.#before,
      artifacts: artifacts - this.#before,
      bytes: bytesReceived,
      overhead: 0,
      ...(reply === undefined ? {} : { reply }),
      isComplete: this.#sequence === 0,
    };
    const { share, range } = estimate(bytesReceived, [forecastClone(facts, this.#statistics, this.#seen.told)]);
    const { told } = this.#seen;
    const total = told === undefined ? this.#statistics.artifacts : this.#before + told.artifacts;
    this.#meter.update(
      {
        phase: 'receive',
        artifacts: { done: artifacts, ...(total === undefined ? {} : { total: Math.max(total, artifacts) }) },
        bytes: { done: bytesReceived, ...(range?.basis === 'exact' ? { total: range.high } : {}) },
        ...(range === undefined ? {} : { estimate: range }),
        roundTrips,
      },
      share * RECEIVE_SHARE,
    );
  }

  #reportDeriving(phase: 'verify' | 'crosslink', done: number, total: number): void {
    const share = total === 0 ? 1 : done / total;
    const fraction =
      phase === 'verify'
        ? RECEIVE_SHARE + share * VERIFY_SHARE
        : RECEIVE_SHARE + VERIFY_SHARE + share * CROSSLINK_SHARE;
    // The steps of crosslinking are no artifacts: the count stays where verifying left it.
    this.#meter.update(phase === 'verify' ? { phase, artifacts: { done, total } } : { phase }, fraction);
  }
}

function unexpected(what: string): EngineError {
  return new EngineError('protocol', `The server sent something that does not belong into a clone: ${what}.`);
}
