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
  /** @throws EngineError `disk-full` */
  requireRoom(path: string): void;
}
