import { throwIfCancelled } from '../errors';
import type { Pool, TaskTools } from './pool';

/** Runs tasks on the calling thread, one after the other. */
export function createInlinePool(tools: TaskTools): Pool {
  return {
    width: 1,
    prepare: () => undefined,
    rest: () => undefined,
    run: async (task, input, options = {}) => {
      throwIfCancelled(options.signal);
      // A task never starts before the caller has its promise, here as in a worker.
      await Promise.resolve();
      throwIfCancelled(options.signal);
      return task.run(input, tools);
    },
    close: () => Promise.resolve(),
  };
}
