import { EngineError } from '../engine/errors';
import type { EngineExit, EngineProcess } from './engine-process';

/** A process that dies sooner than this after its start, in milliseconds, counts as a failed start. */
const earlyDeath = 10_000;
/** Failed starts in a row after which the next one has to wait. */
const startsBeforeBackoff = 3;
const firstBackoff = 5000;
const longestBackoff = 300_000;

export interface EngineRegistryOptions {
  /** Starts a process; it calls `onExit` when it has gone. */
  start: (onExit: (exit: EngineExit) => void) => EngineProcess;
  /** Called when a process went that nobody had asked to. */
  onDeath: (key: string, exit: EngineExit) => void;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
}

interface Slot {
  engine: EngineProcess;
  startedAt: number;
}

/**
 * The running engines, one for each open repository file. A checkout begins under its own root, because only the engine can tell
 * which repository it belongs to; `share` then brings checkouts of one repository together.
 */
export class EngineRegistry {
  private readonly slots = new Map<string, Slot>();
  private readonly keys = new Map<string, string>();
  private readonly failures = new Map<string, { count: number; since: number }>();

  constructor(private readonly options: EngineRegistryOptions) {}

  /**
   * @param root - root of a checkout
   * @returns its engine, started when there is none or the last one died
   * @throws EngineError `engine-died` when it dies again and again right after its start
   */
  engineFor(root: string): EngineProcess {
    return this.slotFor(this.keys.get(root) ?? root).engine;
  }

  /** Tells which repository file a checkout belongs to, so that checkouts of one repository use one process. */
  share(root: string, repository: string): void {
    const former = this.keys.get(root) ?? root;
    if (former === repository) return;
    this.keys.set(root, repository);
    const slot = this.slots.get(former);
    if (slot === undefined) return;
    this.slots.delete(former);
    if (this.slots.has(repository)) void slot.engine.end();
    else this.slots.set(repository, slot);
  }

  /** Ends a checkout's engine when no other checkout uses it. */
  async release(root: string): Promise<void> {
    const key = this.keys.get(root) ?? root;
    this.keys.delete(root);
    if ([...this.keys.values()].includes(key)) return;
    const slot = this.slots.get(key);
    this.slots.delete(key);
    await slot?.engine.end();
  }

  /** Runs work without a checkout (clone, open, init) in a process of its own that ends afterwards. */
  async withOwnEngine<Result>(work: (engine: EngineProcess) => Promise<Result>): Promise<Result> {
    const engine = this.options.start(() => undefined);
    try {
      return await work(engine);
    } finally {
      // The process may need a moment; whoever waits for the result need not.
      void engine.end();
    }
  }

  /** Ends all; the next request starts anew, with new settings. */
  async restart(): Promise<void> {
    const engines = [...this.slots.values()].map((slot) => slot.engine);
    this.slots.clear();
    this.failures.clear();
    await Promise.all(engines.map((engine) => engine.end()));
  }

  dispose(): void {
    for (const { engine } of this.slots.values()) engine.dispose();
    this.slots.clear();
  }

  private slotFor(key: string): Slot {
    const running = this.slots.get(key);
    if (running?.engine.isAlive) return running;
    this.refuseWhenHopeless(key);
    const startedAt = this.options.now();
    const slot: Slot = { startedAt, engine: this.options.start((exit) => this.onExit(slot, exit)) };
    this.slots.set(key, slot);
    return slot;
  }

  private onExit(slot: Slot, exit: EngineExit): void {
    const key = [...this.slots].find(([, other]) => other === slot)?.[0];
    if (key === undefined) return;
    this.slots.delete(key);
    if (exit.wasAsked) return;
    const now = this.options.now();
    if (now - slot.startedAt < earlyDeath) {
      this.failures.set(key, { count: (this.failures.get(key)?.count ?? 0) + 1, since: now });
    } else {
      this.failures.delete(key);
    }
    this.options.onDeath(key, exit);
  }

  private refuseWhenHopeless(key: string): void {
    const failed = this.failures.get(key);
    if (failed === undefined || failed.count < startsBeforeBackoff) return;
    const wait = Math.min(firstBackoff * 2 ** (failed.count - startsBeforeBackoff), longestBackoff);
    const left = failed.since + wait - this.options.now();
    if (left <= 0) return;
    throw new EngineError(
      'engine-died',
      `The Fossil engine ended ${failed.count} times in a row right after its start. The log says why; the next try is possible in ${Math.ceil(left / 1000)} seconds.`,
    );
  }
}
