import { hasUnforgedName } from '../codec/artifact-name';
import { EngineError } from '../errors';
import type { Repository } from '../repository/repository';
import { UnversionedFiles } from '../repository/unversioned';
import { unversionedStanding, type UnversionedStanding } from '../repository/unversioned-standing';
import type { Card, UnversionedEntry, UnversionedFileCard } from './card';
import type { MessageWriter } from './message-writer';
import type { PartProgress, SyncPart, SyncRound } from './sync-part';
import { ToldSizes } from './unversioned-told';
import { PACKED_SIZE, PACKED_SIZES, PACKED_SIZES_VERSION } from './unversioned-server';
import { maxUpload } from './max-upload';
import { ROUND, sizesTogether } from './unversioned-measure';
import { KnownShares, payloadsAhead } from './unversioned-size';
import { UnversionedMoves, type UnversionedOutcome } from './unversioned-moves';
import { writeUnversionedFile } from './write-unversioned';

/** Rounds in a row in which nothing came that was asked for, after which the rest is not waited for. */
const IDLE_ROUNDS = 3;
/** Bytes of a `uvgimme` card when it is compressed. */
const GIMME = 8;

export interface UnversionedSyncOptions {
  /** The server's files count whatever their age, and what it lacks is dropped here (`fossil uv revert`). */
  reverts?: boolean;
  /** Only finds out what would move. */
  isDryRun?: boolean;
}

/** What one reply said of unversioned files. */
interface Heard {
  announced: Map<string, UnversionedEntry>;
  arrived: Map<string, UnversionedFileCard>;
  /** Whether the server has told its catalogue, and takes files in return. */
  catalogue?: 'push-ok' | 'pull-only';
}

/**
 * Unversioned files of a sync (fossil.md 2.5, 3.6): the younger content goes to the other side. A file here stays as it is until its
 * successor has arrived whole and been compared with its hash.
 */
export class UnversionedClient implements SyncPart {
  readonly #repository: Repository;
  readonly #options: UnversionedSyncOptions;
  readonly #files: UnversionedFiles;
  readonly #moves = new UnversionedMoves();
  #heard = nothingHeard();
  #isAnswered = false;
  #mayPush = false;
  #wasPushRefused = false;
  #idleRounds = 0;
  /** What the server has and we want. */
  readonly #wanted = new Map<string, UnversionedEntry>();
  /** What the server shall get: all of it, or only its time. */
  readonly #toSend = new Map<string, { bytes: number; packedSize: number; isTimeOnly: boolean }>();
  readonly #tellsSizes = new ToldSizes();
  /** What is known of sizes while the plans stay as they are. */
  #measured: { outgoing: ReadonlyMap<string, number>; known: KnownShares } | undefined;
  /** Names in the message under way. */
  #asked: string[] = [];
  #sending: string[] = [];
  readonly #missing = new Set<string>();

  constructor(repository: Repository, options: UnversionedSyncOptions = {}) {
    this.#repository = repository;
    this.#options = options;
    this.#files = new UnversionedFiles(repository);
  }

  /** What has moved so far. */
  get outcome(): UnversionedOutcome {
    return {
      moves: this.#moves.list,
      wasPushRefused: this.#wasPushRefused,
      missing: [...this.#missing, ...this.#wanted.keys()],
    };
  }

  get hasBrought(): boolean {
    return this.#heard.arrived.size > 0;
  }

  /** From the first reply on the catalogue tells every size, and a server of ours what each takes when it is compressed. */
  progress(): PartProgress {
    const { outgoing: measured, known } = (this.#measured ??= this.#measure());
    const incoming = payloadsAhead(this.#tellsSizes.of([...this.#wanted.values()]), known);
    // They are asked for with what goes, or by a message of their own.
    incoming.wire += this.#wanted.size * GIMME + (this.#wanted.size > 0 && this.#toSend.size === 0 ? ROUND : 0);
    const gone = new Set(this.#sending);
    const outgoing = payloadsAhead(
      [...this.#toSend].flatMap(([name, { bytes: size, packedSize }]) =>
        gone.has(name) ? [] : { name, size, packedSize, wire: measured.get(name) },
      ),
    );
    const sending = this.#sending.reduce((sum, name) => sum + (this.#toSend.get(name)?.bytes ?? 0), 0);
    const { artifacts, bytes } = this.#moves.transferred;
    return {
      artifacts: { done: artifacts, total: artifacts + this.#wanted.size + this.#toSend.size },
      bytes: { done: bytes, total: bytes + incoming.plain + outgoing.plain + sending },
      ...(this.#isAnswered ? { ahead: { outgoing, incoming } } : {}),
    };
  }

  compose(message: MessageWriter, round: SyncRound): void {
    this.#heard = nothingHeard();
    if (!this.#isAnswered) {
      message.pragma(PACKED_SIZES, PACKED_SIZES_VERSION);
      message.pragma('uv-hash', this.#files.digest());
    }
    this.#asked = [...this.#wanted.keys()];
    for (const name of this.#asked) message.card('uvgimme', name);
    this.#sending = [];
    for (const [name, { isTimeOnly }] of this.#toSend) {
      // One at least, or a message that is full without any would be sent for ever.
      if (message.size >= round.maxBytes && this.#sending.length > 0) break;
      writeUnversionedFile(this.#files, name, message, { isTimeOnly });
      this.#sending.push(name);
    }
  }

  take(card: Card): boolean {
    switch (card.kind) {
      case 'uvigot':
        this.#heard.announced.set(card.name, card);
        return true;
      case 'uvfile':
        if (this.#wanted.has(card.name)) this.#heard.arrived.set(card.name, this.#verified(card));
        return true;
      case 'pragma':
        if (card.name === PACKED_SIZE) return this.#tellsSizes.take(card.parameters);
        if (card.name !== 'uv-push-ok' && card.name !== 'uv-pull-only') return false;
        this.#heard.catalogue = card.name === 'uv-push-ok' ? 'push-ok' : 'pull-only';
        return true;
      default:
        return false;
    }
  }

  digest(): boolean {
    this.#isAnswered = true;
    for (const name of this.#sending) {
      const sent = this.#toSend.get(name);
      if (sent) this.#moves.add(name, sent.isTimeOnly ? 'push-time' : 'push', sent.bytes);
      this.#toSend.delete(name);
    }
    this.#sending = [];
    const { announced, arrived, catalogue } = this.#heard;
    for (const name of this.#asked) this.#noteMissing(name);
    if (announced.size > 0 || arrived.size > 0 || catalogue !== undefined) this.#apply();
    this.#idleRounds = this.#asked.length > 0 && arrived.size === 0 ? this.#idleRounds + 1 : 0;
    return this.#toSend.size > 0 || (this.#wanted.size > 0 && this.#idleRounds < IDLE_ROUNDS);
  }

  /** @throws EngineError `hash-mismatch`: nothing of the reply is kept */
  #verified(card: UnversionedFileCard): UnversionedFileCard {
    const { content, hash } = card;
    if (content === undefined || hash === undefined) return card;
    if (hasUnforgedName(this.#repository.environment.hash, content, hash)) return card;
    // Fossil sends a file whose content it never got as an empty one.
    if (content.length === 0) return { kind: 'uvfile', name: card.name, mtime: card.mtime, hash, size: card.size };
    throw new EngineError(
      'hash-mismatch',
      `The unversioned file ${card.name} arrived damaged: its content does not match its hash. The file here is unchanged; sync again.`,
    );
  }

  /** What goes is made once beforehand; what it comes to tells of what comes, too. */
  #measure(): { outgoing: ReadonlyMap<string, number>; known: KnownShares } {
    const going = [...this.#toSend].flatMap(([name, { isTimeOnly }]) =>
      isTimeOnly ? [] : (this.#files.find(name) ?? []),
    );
    const outgoing = sizesTogether(this.#repository, going, {
      messageBytes: maxUpload(this.#repository),
      withRounds: true,
    });
    let [alone, together] = [0, 0];
    for (const { name, storedSize = 0 } of going) {
      const wire = outgoing.get(name);
      if (wire === undefined) continue;
      alone += storedSize;
      together += wire;
    }
    return { outgoing, known: new KnownShares(this.#files.list(), alone === 0 ? 1 : together / alone) };
  }

  #apply(): void {
    const { announced, arrived, catalogue } = this.#heard;
    if (catalogue !== undefined) this.#measured = undefined;
    this.#mayPush ||= catalogue === 'push-ok';
    const isReadOnly = this.#options.isDryRun === true;
    const work = (): void => {
      for (const card of arrived.values()) this.#receive(card);
      for (const entry of announced.values()) this.#compare(entry);
      if (catalogue !== undefined) this.#settleUnknownToServer(announced);
      if (!isReadOnly) this.#files.digest();
    };
    if (isReadOnly) work();
    else this.#repository.transaction(work);
    if (isReadOnly) this.#forgetPlans();
  }

  #receive(card: UnversionedFileCard): void {
    const { name, mtime, hash, content } = card;
    if (hash !== undefined && content !== undefined) {
      const standing = this.#standing(card);
      if (standing === 'unknown' || standing === 'theirs') {
        this.#files.put({ name, mtime, hash }, content);
        this.#moves.add(name, 'pull', content.length);
      }
    } else if (hash !== undefined) {
      this.#missing.add(name);
    }
    this.#wanted.delete(name);
    if (hash === undefined) this.#compare(card);
  }

  /** A server names again what it had no room for; what it neither sends nor names, it has no longer. */
  #noteMissing(name: string): void {
    const { announced, arrived } = this.#heard;
    if (announced.has(name) || arrived.has(name) || !this.#wanted.delete(name)) return;
    this.#missing.add(name);
  }

  #compare(entry: UnversionedEntry): void {
    const { name, mtime } = entry;
    const isPlan = this.#options.isDryRun === true;
    switch (this.#standing(entry)) {
      case 'unknown':
      case 'theirs':
        if (entry.hash !== undefined) {
          if (!this.#missing.has(name)) this.#wanted.set(name, entry);
        } else if (this.#files.find(name) !== undefined) {
          if (!isPlan) this.#files.markDeleted(name, mtime);
          this.#moves.add(name, 'pull-deletion', 0);
        }
        return;
      case 'their-time':
        if (!isPlan) this.#files.setTime(name, mtime);
        this.#moves.add(name, 'pull-time', 0);
        return;
      case 'our-time':
        this.#plan(name, { isTimeOnly: true });
        return;
      case 'ours':
        this.#plan(name, { isTimeOnly: false });
        return;
      case 'identical':
        return;
    }
  }

  #standing(entry: UnversionedEntry): UnversionedStanding {
    const standing = unversionedStanding(this.#files.find(entry.name), entry);
    if (this.#options.reverts !== true) return standing;
    return standing === 'our-time' ? 'their-time' : standing === 'ours' ? 'theirs' : standing;
  }

  /** @param announced - the whole catalogue: what is not in it, the server lacks */
  #settleUnknownToServer(announced: ReadonlyMap<string, UnversionedEntry>): void {
    for (const { name } of this.#files.list()) {
      if (announced.has(name)) continue;
      if (this.#options.reverts !== true) {
        this.#plan(name, { isTimeOnly: false });
        continue;
      }
      if (this.#options.isDryRun !== true) this.#files.forget(name);
      this.#moves.add(name, 'drop', 0);
    }
  }

  #plan(name: string, { isTimeOnly }: { isTimeOnly: boolean }): void {
    if (!this.#mayPush) {
      this.#wasPushRefused = true;
      return;
    }
    const { size = 0, storedSize = 0 } = (isTimeOnly ? undefined : this.#files.find(name)) ?? {};
    this.#toSend.set(name, { isTimeOnly, bytes: size, packedSize: storedSize });
  }

  /** A dry run: what was planned is said, and nothing done. */
  #forgetPlans(): void {
    for (const { name, size } of this.#wanted.values()) this.#moves.add(name, 'pull', size);
    for (const [name, { bytes, isTimeOnly }] of this.#toSend)
      this.#moves.add(name, isTimeOnly ? 'push-time' : 'push', bytes);
    this.#wanted.clear();
    this.#toSend.clear();
  }
}

function nothingHeard(): Heard {
  return { announced: new Map(), arrived: new Map() };
}
