import { move, transferableSymbol, valueSymbol } from 'piscina';
import { EngineError } from '../errors';
import { createNodeHashing } from './hash-node';
import type { Task, TaskTools } from './pool';
import type { TaskReply, TaskRequest } from './pool-messages';
import { nodeZlib } from './zlib-node';

/** The worker's side of the pool, as exports for its entry. */
export interface TaskServer {
  /** Resolves when the worker can take tasks. */
  ready: () => Promise<void>;
  runTask: (request: TaskRequest) => Promise<unknown>;
}

/** @param tasks - by name; `Pool.run` pairs each with the input of its type */
export function serveTasks(tasks: readonly Task<never, unknown>[]): TaskServer {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const tools: Promise<TaskTools> = createNodeHashing().then((hash) => ({ hash, zlib: nodeZlib }));
  return {
    ready: async () => {
      await tools;
    },
    runTask: async ({ task: name, input }) => {
      const task = byName.get(name);
      if (task === undefined) return failure(new EngineError('internal', `No worker knows the task ${name}.`));
      try {
        return answer(task, task.run(input as never, await tools));
      } catch (error) {
        return failure(error);
      }
    },
  };
}

/** The reply, with the buffers that the task hands over instead of copying. */
function answer(task: Task<never, unknown>, output: unknown): unknown {
  const reply: TaskReply = { output };
  const transfer = task.transfer?.(output) ?? [];
  return transfer.length === 0 ? reply : move({ [transferableSymbol]: transfer, [valueSymbol]: reply });
}

function failure(error: unknown): TaskReply {
  return error instanceof EngineError
    ? { failure: { code: error.code, message: error.message } }
    : { failure: { code: 'internal', message: `The engine failed: ${String(error)}` } };
}
