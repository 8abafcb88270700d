import { EngineError } from '../../src/engine/errors';
import type { FaultSite } from '../../src/engine/platform/faults';
import type { Seeded } from '../support/seeded';
import { Actions } from './actions';
import { Convergence } from './convergence';
import { FaultPlan } from './fault-plan';
import { PASSWORD, secretOf, USERS, type UserName } from './first-repository';
import { DiskOfFiles } from './disk-of-files';
import { Forger } from './forger';
import { Inspector } from './inspector';
import { Invariants } from './invariants';
import { Ledger } from './ledger';
import { Machine } from './machine';
import type { Materials } from './materials';
import { PowerLoss } from './power';
import { SeenForger } from './seen-forger';
import { SimulatedDisk } from './simulated-disk';
import { SimulatedNetwork } from './simulated-network';
import { Station } from './station';
import type { Trace } from './trace';
import { Violation } from './violation';
import { VirtualTime } from './virtual-time';

/** Things that each actor does. */
const STEPS = 9;
/** Everybody syncs so often at most until nothing moves. */
const LONGEST_SETTLING = 12;
/** Of so many worlds, one begins with more artifacts than go without clusters, and one has servers that send and take little at a time. */
const CROWDED = 6;
const NARROW = 3;
/** Of so many machines, one has real files, written by the portable driver. */
const PORTABLE = 12;

/** Machines, their users and the network between them. */
export class World {
  readonly time = new VirtualTime();
  readonly faults: FaultPlan;
  readonly invariants = new Invariants();
  readonly seenForger: SeenForger;
  readonly #seeded: Seeded;
  readonly #materials: Materials;
  readonly #trace: Trace;
  readonly #network: SimulatedNetwork;
  readonly #ledger = new Ledger();
  readonly #inspector: Inspector;
  readonly #actions: Actions;
  readonly #stations: Station[] = [];
  readonly #start = this.time.now();

  constructor(seeded: Seeded, materials: Materials, trace: Trace) {
    this.#seeded = seeded;
    this.#materials = materials;
    this.#trace = trace;
    this.faults = new FaultPlan(seeded);
    const { hash, sqlJs } = materials;
    this.#inspector = new Inspector(sqlJs, hash, this.#ledger, this.invariants);
    this.#actions = new Actions(seeded, this.#ledger, this.#inspector, this.invariants);
    this.seenForger = new SeenForger(seeded);
    this.#network = new SimulatedNetwork({
      time: this.time,
      seeded,
      seenForger: this.seenForger,
      forger: new Forger(hash, seeded, (user) => secretOf(hash, user)),
      note: (line) => this.#note(line),
    });
    this.#populate();
  }

  /** Everybody works while things go wrong; then nothing goes wrong any more, and everybody syncs until nothing moves. */
  async live(): Promise<void> {
    try {
      this.faults.begin();
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
    const isCrowded = seeded.below(CROWDED) === 0;
    const hub = this.#station('hub');
    hub.machine.disk.place(Station.PATH, isCrowded ? this.#materials.crowdedHub : this.#materials.hub);
    const servers = [hub];
    if (seeded.below(3) === 0) {
      const mirror = this.#station('mirror', hub, 'owner');
      mirror.machine.disk.place(Station.PATH, this.#materials.mirror);
      servers.push(mirror);
    }
    const clients = 2 + seeded.below(2);
    for (let number = 1; number <= clients; number++)
      this.#station(`client${number}`, seeded.pick(servers), seeded.pick(Object.keys(USERS) as UserName[]));
    for (const station of this.#stations) station.start();
    if (seeded.below(NARROW) === 0) for (const server of servers) server.sendLittleAtATime();
  }

  #station(name: string, upstream?: Station, user?: UserName): Station {
    const { hash, sqlJs } = this.#materials;
    const machine = new Machine({
      ...{ name, seeded: this.#seeded, time: this.time, hash },
      disk: this.#seeded.below(PORTABLE) === 0 ? new DiskOfFiles(sqlJs) : new SimulatedDisk(sqlJs),
      atSite: (where, site) => this.#strike(where, site),
    });
    const login =
      upstream === undefined || user === undefined ? undefined : { station: upstream, user, password: PASSWORD };
    const parts = { network: this.#network, seeded: this.#seeded, invariants: this.invariants };
    const station = new Station(machine, parts, login);
    this.#stations.push(station);
    return station;
  }

  #strike(machine: Machine, site: FaultSite): void {
    if (site === 'message-part-stored') this.#checkPart(machine);
    const fault = this.faults.at(site);
    if (fault === undefined) return;
    this.#note(`${machine.name} ${fault} at ${site}`);
    if (fault === 'power lost') machine.cutPower();
    else machine.fillDisk(this.#seeded.below(12));
  }

  /** What a server has stored of a message when others have their turn must be right by itself. */
  #checkPart(machine: Machine): void {
    const station = this.#stations.find((candidate) => candidate.machine === machine);
    try {
      if (station !== undefined) this.#inspector.checkQuickly(station);
    } catch (error) {
      this.time.fail(error instanceof Error ? error : new Error(String(error)));
    }
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
      await this.#attempt(station);
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

  /** Does something that may fail, as long as it says why. */
  async #attempt(station: Station): Promise<void> {
    const { name, run } = this.#actions.choose(station);
    let outcome = 'done';
    try {
      await run();
    } catch (error) {
      outcome = this.#outcomeOf(error, station);
    }
    this.#note(`${station.name} ${name}: ${outcome}`);
    if (outcome === 'disk-full') station.machine.emptyDisk();
    this.#inspector.checkQuickly(station);
  }

  async #settle(): Promise<void> {
    for (const station of this.#stations) {
      station.machine.mend();
      station.start();
      // Whoever was stopped between shunning something and removing it goes on, and what was allowed again is linked anew.
      if (station.hasRepository && station.hasShunned) await station.rebuild(false);
    }
    for (let pass = 1; pass <= LONGEST_SETTLING; pass++) {
      const before = this.#stations.map((station) => this.#inspector.state(station)).join();
      let moved = 0;
      for (const station of this.#stations) moved += await this.#syncAtRest(station);
      this.#note(`pass ${pass}: ${moved} artifacts`);
      // One pass more than needed: an owner shares what is private in every other sync only.
      const after = this.#stations.map((station) => this.#inspector.state(station)).join();
      const isAtRest = before === after && pass > 1;
      const isOver = pass === LONGEST_SETTLING;
      this.invariants.require(
        'everybody comes to rest',
        isAtRest || !isOver,
        () => `something moves after ${pass} passes`,
      );
      if (isAtRest) return;
    }
  }

  async #syncAtRest(station: Station): Promise<number> {
    if (station.upstream === undefined) return 0;
    if (!station.hasRepository) {
      await station.clone();
      return 1;
    }
    await this.#actions.exchangeSettings(station);
    return this.#actions.sync(station, 'sync');
  }

  async #checkAtRest(): Promise<void> {
    for (const station of this.#stations) await this.#inspector.checkThoroughly(station);
    new Convergence(this.#stations, this.#inspector, this.#ledger, this.invariants).check();
  }

  #note(line: string): void {
    this.#trace.note(this.time.now() - this.#start, line);
  }

  /** @throws Violation for what is no clear failure */
  #outcomeOf(error: unknown, station: Station): string {
    if (error instanceof Violation) throw error;
    if (error instanceof PowerLoss || !station.machine.isRunning()) return 'power lost';
    const code = error instanceof EngineError ? error.code : 'internal';
    this.invariants.require('failures are clear', code !== 'internal', () =>
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
    return code;
  }
}
