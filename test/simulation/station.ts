import type { Hash } from '../../src/engine/identifiers';
import { cloneRepository } from '../../src/engine/operations/clone';
import type { Interaction } from '../../src/engine/operations/interaction';
import { rebuildRepository } from '../../src/engine/operations/rebuild';
import { type SyncDirection, type SyncOutcome, syncRepository } from '../../src/engine/operations/sync';
import { Repository } from '../../src/engine/repository/repository';
import { acceptShunned, shun } from '../../src/engine/repository/shun';
import { handleXfer, type XferRequest, type XferResponse } from '../../src/engine/xfer/server';
import type { Transport } from '../../src/engine/xfer/transport';
import type { Seeded } from '../support/seeded';
import type { UserName } from './first-repository';
import { Author, type Work } from './author';
import type { Machine } from './machine';
import type { Host, SimulatedNetwork } from './simulated-network';

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
    this.#served = undefined;
    this.machine.start();
  }

  answer(request: XferRequest): Promise<XferResponse | undefined> {
    if (!this.machine.isRunning() || !this.hasRepository) return Promise.resolve(undefined);
    this.#served ??= Repository.open(this.machine.environment, Station.PATH);
    const response = handleXfer(this.#served, request, { clientAddress: '10.0.0.1' });
    return Promise.resolve(this.machine.isRunning() ? response : undefined);
  }

  sync(direction: SyncDirection): Promise<SyncOutcome> {
    const { environment } = this.machine;
    return syncRepository(
      environment,
      this.#transport(),
      { repository: Station.PATH, direction, ...this.#remote() },
      silent,
    );
  }

  async clone(): Promise<void> {
    const { environment } = this.machine;
    await cloneRepository(environment, this.#transport(), { path: Station.PATH, ...this.#remote() }, silent);
  }

  async rebuild(withClusters: boolean): Promise<void> {
    this.toSend.clear();
    await rebuildRepository(this.machine.environment, { path: Station.PATH, withClusters }, silent);
  }

  write(work: Work, isPrivate: boolean): Hash[] {
    return this.using((repository) => new Author(repository, this.#seeded).write(work, isPrivate));
  }

  shun(hash: Hash): void {
    this.using((repository) => repository.transaction(() => shun(repository, [hash])));
  }

  acceptShunned(hash: Hash): void {
    this.using((repository) => repository.transaction(() => acceptShunned(repository, [hash])));
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
