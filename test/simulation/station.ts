import { createHash } from 'node:crypto';
import type { Hash } from '../../src/engine/identifiers';
import { cloneRepository } from '../../src/engine/operations/clone';
import type { Interaction } from '../../src/engine/operations/interaction';
import { rebuildRepository } from '../../src/engine/operations/rebuild';
import { type SyncDirection, syncRepository } from '../../src/engine/operations/sync';
import { Repository } from '../../src/engine/repository/repository';
import { acceptShunned, shun } from '../../src/engine/repository/shun';
import { synchronize } from '../../src/engine/xfer/client';
import { parseRemote } from '../../src/engine/xfer/remote';
import { handleXfer, type XferRequest, type XferResponse } from '../../src/engine/xfer/server';
import { UnversionedClient } from '../../src/engine/xfer/unversioned-client';
import type { Transport } from '../../src/engine/xfer/transport';
import type { Seeded } from '../support/seeded';
import type { UserName } from './first-repository';
import { Author, type Work, type WriteOptions } from './author';
import type { Machine } from './machine';
import { PowerLoss } from './power';
import type { Host, SimulatedNetwork } from './simulated-network';
import { Violation } from './violation';

/** Where a station syncs, and as whom. */
export interface Upstream {
  station: Station;
  user: UserName;
  password: string;
}

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
  readonly #network: SimulatedNetwork;
  readonly #seeded: Seeded;
  /** Messages that were taken. */
  readonly #accepted = new Set<string>();
  #served: Repository | undefined;

  constructor(machine: Machine, network: SimulatedNetwork, seeded: Seeded, upstream?: Upstream) {
    this.machine = machine;
    this.upstream = upstream;
    this.#network = network;
    this.#seeded = seeded;
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

  answer(request: XferRequest, { isReplay }: { isReplay: boolean }): Promise<XferResponse | undefined> {
    if (!this.machine.isRunning() || !this.hasRepository) return Promise.resolve(undefined);
    try {
      return Promise.resolve(this.#answer(request, isReplay));
    } catch (error) {
      if (error instanceof PowerLoss) return Promise.resolve(undefined);
      throw error;
    }
  }

  #answer(request: XferRequest, isReplay: boolean): XferResponse | undefined {
    const served = (this.#served ??= Repository.open(this.machine.environment, Station.PATH));
    const signature = createHash('sha1').update(request.body).digest('hex');
    const before = isReplay && this.#accepted.has(signature) ? served.blobs.count() : undefined;
    const response = handleXfer(served, request, { clientAddress: '10.0.0.1' });
    if (!this.machine.isRunning()) return undefined;
    if (before !== undefined && served.blobs.count() > before)
      throw new Violation('a replay brings nothing', `${this.name} took the same message twice`);
    if (response.status === 200) this.#accepted.add(signature);
    return response;
  }

  /** Somebody sends again what once brought an artifact here. */
  suffersReplay(hash: Hash): Promise<void> {
    return this.#network.replay(this, hash);
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

  async #syncPrivately(direction: SyncDirection): Promise<{ moved: number; wasPushRefused: boolean }> {
    const repository = Repository.open(this.machine.environment, Station.PATH);
    try {
      const { url, ...login } = this.#remote();
      const unversioned = new UnversionedClient(repository);
      const { received, sent, wasPushRefused } = await synchronize(
        repository,
        this.#transport(),
        { ...parseRemote(url), ...login },
        { pull: direction !== 'push', push: direction !== 'pull', withPrivate: true, parts: [unversioned] },
      );
      return { moved: received + sent + unversioned.outcome.moves.length, wasPushRefused };
    } finally {
      repository.close();
    }
  }

  async clone(): Promise<void> {
    const { environment } = this.machine;
    await cloneRepository(environment, this.#transport(), { path: Station.PATH, ...this.#remote() }, silent);
  }

  async rebuild(withClusters: boolean): Promise<void> {
    this.toSend.clear();
    await rebuildRepository(this.machine.environment, { path: Station.PATH, withClusters }, silent);
  }

  write(work: Work, options: WriteOptions): Hash[] {
    return this.using((repository) => new Author(repository, this.#seeded).write(work, options));
  }

  shun(hash: Hash): void {
    this.using((repository) => repository.transaction(() => shun(repository, [hash])));
  }

  acceptShunned(hash: Hash): void {
    this.using((repository) => repository.transaction(() => acceptShunned(repository, [hash])));
  }

  /** Messages hold a few artifacts each: what belongs together comes apart. */
  sendLittleAtATime(): void {
    this.using((repository) =>
      repository.transaction(() => {
        repository.config.set('max-download', '2000');
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

const silent: Interaction = {
  questions: {
    credentials: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    allowPortableWrites: () => Promise.resolve(true),
  },
};
