import { EngineError } from '../../src/engine/errors';
import type { Environment } from '../../src/engine/platform/environment';
import type { FaultSite } from '../../src/engine/platform/faults';
import type { Hashing } from '../../src/engine/platform/hash';
import { createInlinePool } from '../../src/engine/platform/pool-inline';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import type { Seeded } from '../support/seeded';
import { PowerLoss, type Power } from './power';
import type { Disk } from './disk';
import { MachineClock, type VirtualTime } from './virtual-time';

export interface MachineParts {
  name: string;
  seeded: Seeded;
  time: VirtualTime;
  hash: Hashing;
  disk: Disk;
  /** Hears of every fault site that is passed, and decides what goes wrong there. */
  atSite: (machine: Machine, site: FaultSite) => void;
}

/** Of so many machines, one is slow. */
const SLOW = 3;

/** From a machine's start to its end. */
interface Run {
  isPowered: boolean;
  power: Power;
  environment: Environment;
}

/** A computer: its disk stays, what runs on it ends with its power. */
export class Machine {
  readonly name: string;
  readonly disk: Disk;
  readonly #parts: MachineParts;
  readonly #clock: MachineClock;
  #run: Run | undefined;
  /** Writes that the disk has room for. */
  #room = Infinity;
  /** Writes until the power goes. */
  #charge = Infinity;

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.disk = parts.disk;
    const skew = parts.seeded.below(4000) - 2000;
    this.#clock = new MachineClock(parts.time, parts.seeded, { skew, isSlow: parts.seeded.below(SLOW) === 0 });
  }

  isRunning(): boolean {
    return this.#run?.isPowered === true;
  }

  /** What runs on the machine now; start it first. */
  get environment(): Environment {
    if (this.#run?.isPowered !== true) throw new PowerLoss(this.name);
    return this.#run.environment;
  }

  /** What it depends on. */
  get power(): Power {
    if (this.#run?.isPowered !== true) throw new PowerLoss(this.name);
    return this.#run.power;
  }

  start(): void {
    if (this.isRunning()) return;
    this.disk.losePower();
    const run = { isPowered: true };
    const power: Power = {
      require: () => {
        if (!run.isPowered) throw new PowerLoss(this.name);
      },
      requireRoom: (path) => {
        power.require();
        this.#takeCharge();
        power.require();
        this.#takeRoom(path);
      },
      pass: (site) => {
        power.require();
        this.#parts.atSite(this, site);
        power.require();
      },
    };
    this.#run = Object.assign(run, { power, environment: this.#environmentOn(power) });
  }

  /** From now on nothing that runs on the machine gets any further. */
  cutPower(): void {
    if (!this.isRunning() || this.#run === undefined) return;
    this.#run.isPowered = false;
    this.#charge = Infinity;
    this.disk.cutPower();
  }

  /** @param writes - how many more go onto the disk */
  cutPowerAfter(writes: number): void {
    this.#charge = writes;
  }

  /** @param writes - how many more go onto the disk */
  fillDisk(writes: number): void {
    this.#room = writes;
  }

  emptyDisk(): void {
    this.#room = Infinity;
  }

  /** Nothing goes wrong here any more. */
  mend(): void {
    this.emptyDisk();
    this.#charge = Infinity;
  }

  #takeCharge(): void {
    if (this.#charge <= 0) this.cutPower();
    else this.#charge--;
  }

  #takeRoom(path: string): void {
    if (this.#room <= 0) throw new EngineError('disk-full', `The disk is full: ${path} could not be written.`);
    this.#room--;
  }

  #environmentOn(power: Power): Environment {
    const { seeded, hash } = this.#parts;
    return {
      clock: this.#clock,
      random: { bytes: (length) => seeded.bytes(length) },
      hash,
      zlib: nodeZlib,
      sqlite: this.disk.driver(power),
      fs: this.disk.fileSystem(power),
      pool: createInlinePool({ hash, zlib: nodeZlib }),
      variables: { USER: this.name },
      homeDirectory: '/home',
      platform: 'posix',
      faults: { at: (site) => power.pass(site) },
    };
  }
}
