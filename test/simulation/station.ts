import { createHash } from 'node:crypto';
import { textOf } from '../../src/engine/codec/utf8';
import type { Hash } from '../../src/engine/identifiers';
import { cloneRepository } from '../../src/engine/operations/clone';
import type { Interaction } from '../../src/engine/operations/interaction';
import { rebuildRepository } from '../../src/engine/operations/rebuild';
import { type SyncDirection, syncRepository } from '../../src/engine/operations/sync';
import { Repository } from '../../src/engine/repository/repository';
import { acceptShunned, shun } from '../../src/engine/repository/shun';
import { UnversionedFiles } from '../../src/engine/repository/unversioned';
import { CheckinLockClient } from '../../src/engine/xfer/checkin-lock-client';
import { synchronize } from '../../src/engine/xfer/client';
import { exchangeConfig } from '../../src/engine/xfer/config-run';
import { parseRemote, type Remote } from '../../src/engine/xfer/remote';
import { messageInMemory } from '../../src/engine/xfer/message-source';
import { handleXfer, streamXferInTurns, type XferRequest, type XferResponse } from '../../src/engine/xfer/server';
import { UnversionedClient } from '../../src/engine/xfer/unversioned-client';
import type { Transport } from '../../src/engine/xfer/transport';
import type { Seeded } from '../support/seeded';
import type { UserName } from './first-repository';
import { Author, type Work, type WriteOptions } from './author';
import { type CheckinLock, heldLocks } from './held-locks';
import { Forger } from './forger';
import type { Invariants } from './invariants';
import type { Machine } from './machine';
import { type Power, PowerLoss } from './power';
import type { Host, SimulatedNetwork } from './simulated-network';

/** Where a station syncs, and as whom. */
export interface Upstream {
  station: Station;
  user: UserName;
  password: string;
}

/** How long a lock on a check-in holds. */
const LOCK_SECONDS = 60;
const SERVED_TO = { clientAddress: '10.0.0.1' };

/** A repository on a machine of its own: somebody's clone, a server, or both. */
export class Station implements Host {
  static readonly PATH = '/repository.fossil';
  readonly machine: Machine;
  readonly upstream: Upstream | undefined;
  /** What was written here and acknowledged. */
  readonly acknowledged = new Set<Hash>();
  /** Of that, what is public and must be listed as unsent until the upstream has it. A rebuild empties the list, as Fossil's does. */
  readonly toSend = new Set<Hash>();
  /** What was removed here, so that it must not come back. */
  readonly banned = new Set<Hash>();
  /** What was removed here and may come back. */
  readonly forsaken = new Set<Hash>();
  /** Something was shunned here, whatever became of it. */
  hasShunned = false;
  readonly #network: SimulatedNetwork;
  readonly #seeded: Seeded;
  readonly #invariants: Invariants;
  /** Messages that were taken. */
  readonly #accepted = new Set<string>();
  #served: Repository | undefined;

  constructor(
    machine: Machine,
    { network, seeded, invariants }: { network: SimulatedNetwork; seeded: Seeded; invariants: Invariants },
    upstream?: Upstream,
  ) {
    this.machine = machine;
    this.upstream = upstream;
    this.#network = network;
    this.#seeded = seeded;
    this.#invariants = invariants;
    network.addHost(machine.name, this);
  }

  get name(): string {
    return this.machine.name;
  }

  get hasRepository(): boolean {
    return this.machine.disk.has(Station.PATH);
  }

  start(): void {
    if (this.machine.isRunning()) return;
    this.#served = undefined;
    this.machine.start();
  }

  async answer(request: XferRequest, { isReplay }: { isReplay: boolean }): Promise<XferResponse | undefined> {
    if (!this.machine.isRunning() || !this.hasRepository) return undefined;
    const { power } = this.machine;
    try {
      const served = (this.#served ??= Repository.open(this.machine.environment, Station.PATH));
      const response = isReplay ? this.#answerAgain(served, request) : await this.#answerInTurns(served, request);
      power.require();
      if (response.status === 200) this.#accepted.add(signatureOf(request));
      return response;
    } catch (error) {
      if (error instanceof PowerLoss || isOff(power)) return undefined;
      throw error;
    }
  }

  /** At once, so that what it brings is its own doing; also between the parts in which the server stores the same message. */
  #answerAgain(served: Repository, request: XferRequest): XferResponse {
    const isKnown = this.#accepted.has(signatureOf(request)) || hasReceived(served, request);
    const before = broughtFromOutside(served);
    const response = this.#answerAlone(served, request);
    const isTwice = broughtFromOutside(served) > before;
    if (isKnown)
      this.#invariants.require('a replay brings nothing', !isTwice, () => `${this.name} took the same message twice`);
    return response;
  }

  #answerAlone(served: Repository, request: XferRequest): XferResponse {
    const locks = heldLocks(served);
    const response = handleXfer(served, request, SERVED_TO);
    this.#requireLocksKept(locks, heldLocks(served));
    return response;
  }

  /** Others have their turn when it takes long. Who asks for a lock is answered at once: then it is seen who has given it to whom. */
  async #answerInTurns(served: Repository, request: XferRequest): Promise<XferResponse> {
    const message = Forger.plain(request);
    if (textOf(message).includes('\npragma ci-lock ')) return this.#answerAlone(served, request);
    const opened = { contentType: request.contentType, message: messageInMemory(message) };
    const response = await streamXferInTurns(served, opened, SERVED_TO);
    try {
      const body = Buffer.concat([...response.pieces()]);
      return { status: response.status, contentType: response.contentType, body };
    } finally {
      response.close();
    }
  }

  /** Whether a message has brought the artifact here, so that it can be sent again. */
  wasBrought(hash: Hash): boolean {
    return this.#network.recordingsOf(this, hash).length > 0;
  }

  /** Somebody sends again what once brought an artifact here. */
  suffersReplay(hash: Hash): Promise<void> {
    return this.#network.replay(this, hash);
  }

  /** How often somebody has lied on the way to its server and back. */
  get lies(): number {
    return this.#network.liesTo(this.name);
  }

  /** Exchanges artifacts and unversioned files; whoever may, sometimes what is private, too. */
  async sync(direction: SyncDirection): Promise<{ moved: number; wasPushRefused: boolean }> {
    if (this.upstream?.user === 'owner' && this.#seeded.below(2) === 0) return this.#syncPrivately(direction);
    const { received, sent, unversioned, wasPushRefused } = await syncRepository(
      this.machine.environment,
      this.#transport(),
      { repository: Station.PATH, direction, unversioned: true, ...this.#remote() },
      silent,
    );
    return { moved: received + sent + (unversioned?.moves.length ?? 0), wasPushRefused };
  }

  #syncPrivately(direction: SyncDirection): Promise<{ moved: number; wasPushRefused: boolean }> {
    return this.#online(async (repository, transport, remote) => {
      const unversioned = new UnversionedClient(repository);
      const { received, sent, wasPushRefused } = await synchronize(repository, transport, remote, {
        ...{ pull: direction !== 'push', push: direction !== 'pull', withPrivate: true, parts: [unversioned] },
      });
      return { moved: received + sent + unversioned.outcome.moves.length, wasPushRefused };
    });
  }

  /** Settings of the project; the younger ones win. */
  exchangeSettings(options: { push: boolean; overwrite: boolean }): Promise<unknown> {
    return this.#online((repository, transport, remote) =>
      exchangeConfig(repository, transport, remote, { area: 'project', pull: true, ...options }),
    );
  }

  /**
   * Pulls, and says that a child of a check-in is about to be committed; without one, that nothing is any more.
   * @returns whether somebody else has said so before
   */
  lock(checkin?: Hash): Promise<boolean> {
    return this.#online(async (repository, transport, remote) => {
      const lock = new CheckinLockClient(this.clientId, checkin);
      await synchronize(repository, transport, remote, { pull: true, push: false, parts: [lock] });
      return lock.holder !== undefined;
    });
  }

  /** Of the checkout that there could be. */
  get clientId(): string {
    return createHash('sha1').update(this.name).digest('hex');
  }

  async #online<T>(work: (repository: Repository, transport: Transport, remote: Remote) => Promise<T>): Promise<T> {
    const repository = Repository.open(this.machine.environment, Station.PATH);
    try {
      const { url, ...login } = this.#remote();
      return await work(repository, this.#transport(), { ...parseRemote(url), ...login });
    } finally {
      repository.close();
    }
  }

  /** Nobody gets a lock that somebody else still has. */
  #requireLocksKept(before: readonly CheckinLock[], after: readonly CheckinLock[]): void {
    const holders = new Map(after.map(({ checkin, clientId }) => [checkin, clientId]));
    const oldest = Math.floor(this.machine.environment.clock.now() / 1000) - LOCK_SECONDS;
    for (const { checkin, clientId, mtime } of before) {
      const holder = holders.get(checkin);
      this.#invariants.require(
        'a check-in lock has one holder',
        holder === undefined || holder === clientId || mtime <= oldest,
        () => `${this.name} gives ${checkin} to ${String(holder)}, which ${clientId} has`,
      );
    }
  }

  async clone(): Promise<void> {
    const { environment } = this.machine;
    await cloneRepository(environment, this.#transport(), { path: Station.PATH, ...this.#remote() }, silent);
  }

  async rebuild(withClusters: boolean): Promise<void> {
    this.toSend.clear();
    await rebuildRepository(this.machine.environment, { path: Station.PATH, withClusters }, silent);
    // What was written while it read is rebuilt, too.
    this.toSend.clear();
  }

  write(work: Work, options: WriteOptions): Hash[] {
    return this.using((repository) => new Author(repository, this.#seeded).write(work, options));
  }

  storeUnversioned(name: string, content: Uint8Array): void {
    this.using((repository) => {
      const mtime = Math.floor(repository.environment.clock.now() / 1000);
      repository.transaction(() => new UnversionedFiles(repository).add(name, content, mtime));
    });
  }

  shun(hash: Hash): void {
    this.hasShunned = true;
    this.using((repository) => repository.transaction(() => shun(repository, [hash])));
  }

  acceptShunned(hash: Hash): void {
    this.using((repository) => repository.transaction(() => acceptShunned(repository, [hash])));
  }

  /** Messages hold a few artifacts each: what belongs together comes apart. */
  sendLittleAtATime(): void {
    this.using((repository) =>
      repository.transaction(() => {
        repository.config.set('max-download', '1000');
        repository.config.set('max-upload', '1500');
      }),
    );
  }

  /** Opens the repository as one more process on the machine does. */
  using<T>(work: (repository: Repository) => T): T {
    const repository = Repository.open(this.machine.environment, Station.PATH);
    try {
      return work(repository);
    } finally {
      repository.close();
    }
  }

  #transport(): Transport {
    return this.#network.transport(this.name, this.machine.power);
  }

  #remote(): { url: string; user: string; password: string } {
    if (this.upstream === undefined) throw new Error(`${this.name} has nobody to sync with.`);
    const { station, user, password } = this.upstream;
    return { url: `http://${station.name}/`, user, password };
  }
}

function signatureOf({ body }: XferRequest): string {
  return createHash('sha1').update(body).digest('hex');
}

/** Whether something of the message is in the repository, be it that more of it is still to come. */
function hasReceived({ db }: Repository, request: XferRequest): boolean {
  const [, nonce] = /^login \S+ (\S+) /.exec(textOf(Forger.plain(request))) ?? [];
  return nonce !== undefined && db.prepare('SELECT 1 FROM rcvfrom WHERE nonce=?').get(nonce) !== undefined;
}

function isOff(power: Power): boolean {
  try {
    power.require();
    return false;
  } catch {
    return true;
  }
}

/** How many artifacts a message can have brought: a pull may gather others into clusters. */
function broughtFromOutside({ db }: Repository): number {
  const row = db
    .prepare(
      "SELECT count(*) AS artifacts FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM tagxref JOIN tag USING(tagid) WHERE tagname='cluster')",
    )
    .get<{ artifacts: number }>();
  return row?.artifacts ?? 0;
}

const silent: Interaction = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};
