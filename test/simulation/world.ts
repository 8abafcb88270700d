import { EngineError } from '../../src/engine/errors';
import type { Hash } from '../../src/engine/identifiers';
import type { SyncDirection } from '../../src/engine/operations/sync';
import type { FaultSite } from '../../src/engine/platform/faults';
import type { Seeded } from '../support/seeded';
import { WORKS } from './author';
import { FaultPlan } from './fault-plan';
import { PASSWORD, secretOf, USERS, type UserName } from './first-repository';
import { Forger } from './forger';
import { Inspector } from './inspector';
import { Machine } from './machine';
import type { Materials } from './materials';
import { PowerLoss } from './power';
import { SimulatedNetwork } from './simulated-network';
import { Station } from './station';
import type { Trace } from './trace';
import { Violation } from './violation';
import { VirtualTime } from './virtual-time';

/** Things that each actor does. */
const STEPS = 9;
/** Everybody syncs so often at most until nothing moves. */
const LONGEST_SETTLING = 12;

/** Machines, their users and the network between them. */
export class World {
  readonly time = new VirtualTime();
  readonly faults: FaultPlan;
  readonly #seeded: Seeded;
  readonly #materials: Materials;
  readonly #trace: Trace;
  readonly #network: SimulatedNetwork;
  readonly #inspector: Inspector;
  readonly #stations: Station[] = [];
  readonly #start = this.time.now();
  /** Who may hold what is private: its author's station. */
  readonly #private = new Map<Hash, Station>();

  constructor(seeded: Seeded, materials: Materials, trace: Trace) {
    this.#seeded = seeded;
    this.#materials = materials;
    this.#trace = trace;
    this.faults = new FaultPlan(seeded);
    const { hash, sqlJs } = materials;
    this.#inspector = new Inspector(sqlJs, hash);
    this.#network = new SimulatedNetwork({
      time: this.time,
      seeded,
      forger: new Forger(hash, seeded, (user) => secretOf(hash, user)),
      note: (line) => this.#note(line),
    });
    this.#populate();
  }

  /** Everybody works while things go wrong; then nothing goes wrong any more, and everybody syncs until nothing moves. */
  async live(): Promise<void> {
    try {
      for (const station of this.#stations) station.start();
      await this.time.run(Promise.all(this.#stations.flatMap((station) => this.#actors(station))));
      this.#network.mend();
      this.faults.stop();
      await this.time.run(this.#settle());
      await this.time.run(this.#checkAtRest());
    } finally {
      this.#inspector.close();
      for (const { machine } of this.#stations) machine.disk.remove();
    }
  }

  #populate(): void {
    const seeded = this.#seeded;
    const hub = this.#station('hub');
    hub.machine.disk.place(Station.PATH, this.#materials.hub);
    const servers = [hub];
    if (seeded.below(3) === 0) {
      const mirror = this.#station('mirror', hub, 'owner');
      mirror.machine.disk.place(Station.PATH, this.#materials.mirror);
      servers.push(mirror);
    }
    const clients = 2 + seeded.below(2);
    for (let number = 1; number <= clients; number++)
      this.#station(`client${number}`, seeded.pick(servers), seeded.pick(Object.keys(USERS) as UserName[]));
  }

  #station(name: string, upstream?: Station, user?: UserName): Station {
    const { hash, sqlJs } = this.#materials;
    const machine = new Machine({
      ...{ name, seeded: this.#seeded, time: this.time, hash, sqlJs },
      atSite: (where, site) => this.#strike(where, site),
    });
    const login =
      upstream === undefined || user === undefined ? undefined : { station: upstream, user, password: PASSWORD };
    const station = new Station(machine, this.#network, this.#seeded, login);
    this.#stations.push(station);
    return station;
  }

  #strike(machine: Machine, site: FaultSite): void {
    const fault = this.faults.at(site);
    if (fault === undefined) return;
    this.#note(`${machine.name} ${fault} at ${site}`);
    if (fault === 'power lost') machine.cutPower();
    else machine.fillDisk(this.#seeded.below(12));
  }

  #actors(station: Station): Promise<void>[] {
    // Two at once are an editor and a command line.
    return Array.from({ length: station.upstream === undefined ? 1 : 1 + this.#seeded.below(2) }, () =>
      this.#act(station),
    );
  }

  async #act(station: Station): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      await this.time.after(this.#seeded.below(20_000));
      if (!station.machine.isRunning()) await this.#restart(station);
      const action = this.#chooseAction(station);
      await this.#attempt(station, action.name, action.run);
    }
  }

  async #restart(station: Station): Promise<void> {
    await this.time.after(this.#seeded.below(5000));
    if (station.machine.isRunning()) return;
    station.start();
    station.machine.emptyDisk();
    this.#note(`${station.name} starts`);
    this.#inspector.checkQuickly(station);
  }

  #chooseAction(station: Station): { name: string; run: () => Promise<unknown> } {
    const seeded = this.#seeded;
    const choice = seeded.below(100);
    if (!station.hasRepository) return { name: 'clone', run: () => station.clone() };
    if (choice < 45 && station.upstream !== undefined) {
      const direction = seeded.pick(['sync', 'sync', 'pull', 'push'] as const);
      return { name: direction, run: () => this.#sync(station, direction) };
    }
    if (choice < 80) return { name: 'write', run: () => this.#write(station) };
    if (choice < 88) return { name: 'rebuild', run: () => station.rebuild(seeded.below(2) === 0) };
    if (choice < 94) return { name: 'restart', run: () => this.#powerCycle(station) };
    return { name: 'fill disk', run: () => this.#fillDisk(station) };
  }

  /** Does something that may fail, as long as it says why. */
  async #attempt(station: Station, name: string, run: () => Promise<unknown>): Promise<void> {
    let outcome = 'done';
    try {
      await run();
    } catch (error) {
      outcome = outcomeOf(error, station);
    }
    this.#note(`${station.name} ${name}: ${outcome}`);
    if (outcome === 'disk-full') station.machine.emptyDisk();
    this.#inspector.checkQuickly(station);
    this.#checkPrivacy();
  }

  /** Whatever a push that succeeded found here is on the server. */
  async #sync(station: Station, direction: SyncDirection): Promise<number> {
    const before = this.#inspector.shared(station);
    const { received, sent, wasPushRefused } = await station.sync(direction);
    if (direction !== 'pull' && !wasPushRefused && mayPush(station))
      for (const hash of before) this.#inspector.requireSent(station, hash);
    return received + sent;
  }

  #write(station: Station): Promise<void> {
    const isPrivate = this.#seeded.below(6) === 0;
    const made = station.write(this.#seeded.pick(WORKS), isPrivate);
    for (const hash of made) {
      if (isPrivate) this.#private.set(hash, station);
      else if (station.upstream !== undefined) station.toSend.add(hash);
      station.acknowledged.add(hash);
    }
    return Promise.resolve();
  }

  #fillDisk(station: Station): Promise<void> {
    station.machine.fillDisk(this.#seeded.below(20));
    return Promise.resolve();
  }

  async #powerCycle(station: Station): Promise<void> {
    station.machine.cutPower();
    await this.#restart(station);
  }

  async #settle(): Promise<void> {
    for (const station of this.#stations) {
      station.machine.emptyDisk();
      station.start();
    }
    for (let pass = 1; pass <= LONGEST_SETTLING; pass++) {
      let moved = 0;
      for (const station of this.#stations) moved += await this.#syncAtRest(station);
      this.#note(`pass ${pass}: ${moved} artifacts`);
      if (moved === 0) return;
    }
    throw new Violation('everybody comes to rest', `something moves after ${LONGEST_SETTLING} passes`);
  }

  async #syncAtRest(station: Station): Promise<number> {
    if (station.upstream === undefined) return 0;
    if (!station.hasRepository) {
      await station.clone();
      return 1;
    }
    return this.#sync(station, 'sync');
  }

  async #checkAtRest(): Promise<void> {
    for (const station of this.#stations) await this.#inspector.checkThoroughly(station);
    this.#checkPrivacy();
    this.#checkConvergence();
  }

  /** Everybody has what everybody else shares. */
  #checkConvergence(): void {
    const shared = new Map(this.#stations.map((station) => [station, this.#inspector.shared(station)]));
    for (const station of this.#stations) {
      if (station.upstream === undefined) continue;
      const server = station.upstream.station;
      this.#requireShared(server, station, shared);
      if (mayPush(station)) this.#requireShared(station, server, shared);
    }
  }

  #requireShared(from: Station, to: Station, shared: ReadonlyMap<Station, ReadonlySet<Hash>>): void {
    const refused = this.#inspector.shunned(to);
    for (const hash of shared.get(from) ?? []) {
      if (shared.get(to)?.has(hash) === true || refused.has(hash)) continue;
      throw new Violation('all who may see everything converge', `${to.name} lacks ${hash}, which ${from.name} has`);
    }
  }

  #checkPrivacy(): void {
    for (const [hash, owner] of this.#private) {
      for (const station of this.#stations) {
        if (station === owner || !station.hasRepository || !this.#inspector.mentions(station, hash)) continue;
        throw new Violation('private stays private', `${station.name} knows ${hash} of ${owner.name}`);
      }
    }
  }

  #note(line: string): void {
    this.#trace.note(this.time.now() - this.#start, line);
  }
}

function mayPush({ upstream }: Station): boolean {
  return upstream !== undefined && /[is]/.test(USERS[upstream.user]);
}

/** @throws what is no clear failure */
function outcomeOf(error: unknown, station: Station): string {
  if (error instanceof Violation) throw error;
  if (error instanceof PowerLoss || !station.machine.isRunning()) return 'power lost';
  if (error instanceof EngineError && error.code !== 'internal') return error.code;
  throw new Violation('failures are clear', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
