import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { EngineError, throwIfCancelled } from '../errors';
import type { Pool, Task, TaskTools } from './pool';
import { createInlinePool } from './pool-inline';
import type { TaskReply, TaskRequest } from './pool-messages';

export interface WorkerPoolOptions {
  /** The built src/engine/compute.ts: exports `ready` and `runTask`. */
  workerFile: string;
  /** Threads at most; by default one per core, up to 4. */
  width?: number;
}

/** Milliseconds that an idle worker is kept: what it has allocated goes only with it. */
const idleTimeout = 1_000;
/** Tasks make short-lived bytes by the gigabyte; a small nursery has them collected before they pile up (measured: 100 MB less). */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/** A worker answers it once it can take tasks. */
const READY = { name: 'ready' };

/** Runs tasks in worker threads; on the calling thread where the runtime lets no worker start. */
export function createWorkerPool(options: WorkerPoolOptions, tools: TaskTools): Pool {
  return new WorkerPool(options, createInlinePool(tools));
}

class WorkerPool implements Pool {
  readonly width: number;
  readonly #workerFile: string;
  readonly #inline: Pool;
  #workers: Promise<Piscina | undefined> | undefined;
  /** Tasks that have not ended. */
  #running = 0;

  constructor(options: WorkerPoolOptions, inline: Pool) {
    this.width = options.width ?? Math.min(4, availableParallelism());
    this.#workerFile = options.workerFile;
    this.#inline = inline;
  }

  prepare(): void {
    this.#workers ??= startWorkers(this.#workerFile, this.width);
    const everyone = this.#workers.then(async (workers) => {
      if (workers === undefined) return;
      await Promise.all(Array.from({ length: this.width }, () => workers.run(undefined, READY) as Promise<unknown>));
    });
    // Whoever cannot start says so again at the first task.
    everyone.catch(() => undefined);
  }

  rest(): void {
    const resting = this.#running === 0 ? this.#workers : undefined;
    if (resting === undefined) return;
    this.#workers = undefined;
    void resting.then((workers) => {
      // Where none can start, nobody tries again.
      if (workers === undefined) this.#workers ??= resting;
      else void workers.destroy();
    });
  }

  async run<Input, Output>(
    task: Task<Input, Output>,
    input: Input,
    options: { transfer?: ArrayBuffer[]; signal?: AbortSignal } = {},
  ): Promise<Output> {
    throwIfCancelled(options.signal);
    this.#running++;
    try {
      this.#workers ??= startWorkers(this.#workerFile, this.width);
      const workers = await this.#workers;
      throwIfCancelled(options.signal);
      if (workers === undefined) return await this.#inline.run(task, input, options);
      const request: TaskRequest = { task: task.name, input };
      const reply = await exchange(workers, request, options);
      if ('failure' in reply) throw new EngineError(reply.failure.code, reply.failure.message);
      return reply.output as Output;
    } finally {
      this.#running--;
    }
  }

  async close(): Promise<void> {
    const workers = await this.#workers;
    this.#workers = Promise.resolve(undefined);
    await workers?.destroy();
  }
}

/** @returns undefined when not even one worker starts, as in some extension hosts (sqlite.md 6) */
async function startWorkers(filename: string, width: number): Promise<Piscina | undefined> {
  const workers = new Piscina({ filename, minThreads: 0, maxThreads: width, idleTimeout, resourceLimits });
  // A worker that fails before it has a task tells the pool alone, and the task would wait for ever. Later, it is replaced at the next.
  const failed = new Promise<never>((_, reject) => void workers.on('error', reject));
  try {
    await Promise.race([workers.run(undefined, READY), failed]);
    failed.catch(() => undefined);
    return workers;
  } catch {
    await workers.destroy();
    return undefined;
  }
}

async function exchange(
  workers: Piscina,
  request: TaskRequest,
  options: { transfer?: ArrayBuffer[]; signal?: AbortSignal },
): Promise<TaskReply> {
  try {
    return (await workers.run(request, {
      name: 'runTask',
      ...(options.transfer === undefined ? {} : { transferList: options.transfer }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })) as TaskReply;
  } catch (error) {
    throwIfCancelled(options.signal);
    throw new EngineError('internal', `A worker of the engine failed: ${String(error)}`, { cause: error });
  }
}
