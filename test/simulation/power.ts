import type { FaultSite } from '../../src/engine/platform/faults';

/** Somebody pulled the plug: nothing that runs on the machine gets any further. */
export class PowerLoss extends Error {
  constructor(machine: string) {
    super(`${machine} has lost its power.`);
    this.name = 'PowerLoss';
  }
}

/** What the devices of a machine depend on, from its start to its end. */
export interface Power {
  /** @throws PowerLoss once the machine has ended */
  require(): void;
  /** Before something is written. @throws EngineError `disk-full` @throws PowerLoss */
  requireRoom(path: string): void;
  /** @throws PowerLoss when that is what happens there */
  pass(site: FaultSite): void;
}

/** Of whoever looks at disks from outside. */
export const alwaysOn: Power = { require: () => undefined, requireRoom: () => undefined, pass: () => undefined };
