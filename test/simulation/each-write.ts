import { EngineError } from '../../src/engine/errors';
import { Seeded } from '../support/seeded';
import { DiskOfFiles } from './disk-of-files';
import { Forger } from './forger';
import { PASSWORD } from './first-repository';
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
import { VirtualTime } from './virtual-time';

/** What happens to whom, at one write after the other. */
export interface Accident {
  who: 'client' | 'hub';
  what: 'disk full' | 'power lost';
  /** Real files, written by the portable driver. */
  isPortable?: boolean;
}

/** After an accident at every so many writes everything is read and derived anew. */
const THOROUGH = 4;

/** Two repositories that have something to tell each other. */
interface Images {
  hub: Uint8Array;
  client: Uint8Array;
}

/**
 * Lets two stations sync, with an accident at one write; mends what went wrong, lets them sync again and looks at both. Then the same with
 * a later write, until a sync ends before it comes to that.
 * @param step - 1 leaves no write out
 * @returns how many syncs the accident struck
 * @throws Violation
 */
export async function strikeEachWrite(materials: Materials, accident: Accident, step: number): Promise<number> {
  const invariants = new Invariants();
  const images = await divergedImages(materials);
  let struck = 0;
  for (let writes = 0; ; writes += step) {
    const pair = new Pair(materials, images, { invariants, isPortable: accident.isPortable ?? false });
    try {
      if (!(await pair.survives(accident, writes))) return struck;
      struck++;
    } finally {
      pair.remove();
    }
  }
}

async function divergedImages(materials: Materials): Promise<Images> {
  const first = { hub: materials.hub, client: materials.mirror };
  const pair = new Pair(materials, first, { invariants: new Invariants(), isPortable: false });
  try {
    await pair.diverge();
    return { hub: pair.hub.machine.disk.copy(Station.PATH), client: pair.client.machine.disk.copy(Station.PATH) };
  } finally {
    pair.remove();
  }
}

class Pair {
  readonly hub: Station;
  readonly client: Station;
  readonly #time = new VirtualTime();
  readonly #seeded = new Seeded(1);
  readonly #inspector: Inspector;
  readonly #invariants: Invariants;

  constructor(
    { hash, sqlJs }: Materials,
    images: Images,
    { invariants, isPortable }: { invariants: Invariants; isPortable: boolean },
  ) {
    const [time, seeded] = [this.#time, this.#seeded];
    const note = (): void => undefined;
    const forgers = { forger: new Forger(hash, seeded, () => ''), seenForger: new SeenForger(seeded) };
    const network = new SimulatedNetwork({ time, seeded, ...forgers, note });
    network.mend();
    const station = (name: string, image: Uint8Array, upstream?: Station): Station => {
      const disk = isPortable ? new DiskOfFiles(sqlJs) : new SimulatedDisk(sqlJs);
      disk.place(Station.PATH, image);
      const machine = new Machine({ name, seeded, time, hash, disk, atSite: note });
      machine.start();
      const login = upstream && { station: upstream, user: 'developer1' as const, password: PASSWORD };
      return new Station(machine, { network, seeded, invariants }, login);
    };
    this.hub = station('hub', images.hub);
    this.client = station('client', images.client, this.hub);
    this.#invariants = invariants;
    this.#inspector = new Inspector(sqlJs, hash, new Ledger(), invariants);
  }

  /** Gives both something that the other has not got. */
  async diverge(): Promise<void> {
    await this.#time.run(this.client.sync('sync'));
    for (const station of [this.hub, this.client]) {
      for (const work of ['checkin', 'wiki'] as const)
        station.write(work, { isPrivate: false, onPrivate: () => undefined });
      station.storeUnversioned(`${station.name}.txt`, new TextEncoder().encode(station.name));
    }
  }

  /** @returns false when the sync ended before the accident */
  async survives({ who, what }: Accident, writes: number): Promise<boolean> {
    const { machine } = this[who];
    if (what === 'disk full') machine.fillDisk(writes);
    else machine.cutPowerAfter(writes);
    const outcome = await this.#outcome();
    if (outcome === 'done') return false;
    for (const station of [this.hub, this.client]) this.#inspector.checkQuickly(station);
    machine.mend();
    this[who].start();
    const mended = await this.#outcome();
    this.#invariants.require('everybody comes to rest', mended === 'done', () => `After ${outcome}: ${mended}`);
    const [one, other] = [this.#contents(this.hub), this.#contents(this.client)];
    this.#invariants.require('all who may see everything converge', one === other, () => `${one}\nand\n${other}`);
    for (const station of [this.hub, this.client]) this.#inspector.checkQuickly(station);
    if (writes % THOROUGH === 0) await this.#inspector.checkThoroughly(this[who]);
    return true;
  }

  remove(): void {
    this.#inspector.close();
    for (const { machine } of [this.hub, this.client]) machine.disk.remove();
  }

  async #outcome(): Promise<string> {
    try {
      await this.#time.run(this.client.sync('sync'));
      return 'done';
    } catch (error) {
      const isClear = error instanceof PowerLoss || (error instanceof EngineError && error.code !== 'internal');
      this.#invariants.require('failures are clear', isClear, () => String(error));
      return error instanceof EngineError ? error.code : 'power lost';
    }
  }

  #contents(station: Station): string {
    const files = [...this.#inspector.unversioned(station).values()].map(({ name, hash }) => `${name} ${String(hash)}`);
    return [...[...this.#inspector.shared(station)].sort(), ...files].join('\n');
  }
}
