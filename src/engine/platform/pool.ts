import type { Hashing } from './hash';
import type { Zlib } from './zlib';

/** What a task may use besides its input. */
export interface TaskTools {
  hash: Hashing;
  zlib: Zlib;
}

/**
 * Pure computation on bytes. Input and output pass through a structured clone; a task that runs in workers is registered by name
 * in src/engine/compute.ts, the worker's entry.
 */
export interface Task<Input, Output> {
  readonly name: string;
  run(input: Input, tools: TaskTools): Output;
  /** Buffers of the output to hand over instead of copying. */
  transfer?(output: Output): ArrayBuffer[];
}

/** Runs tasks away from the thread that owns SQLite. In a simulation it runs them inline. */
export interface Pool {
  /** How many tasks run at once. */
  readonly width: number;
  /** Tasks will come in a moment: what it takes to run them is started meanwhile. */
  prepare(): void;
  /** No tasks will come for a while: unless some are still running, what it takes to run them is let go, to be started anew with the next. */
  rest(): void;
  /**
   * @param options.transfer - buffers that the task takes over; the caller must not use them afterwards
   * @throws what the task throws, EngineErrors with their code; EngineError `cancelled` when the signal fires first
   */
  run<Input, Output>(
    task: Task<Input, Output>,
    input: Input,
    options?: { transfer?: ArrayBuffer[]; signal?: AbortSignal },
  ): Promise<Output>;
  close(): Promise<void>;
}
