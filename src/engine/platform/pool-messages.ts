import type { ErrorCode } from '../errors';

/** What goes to a worker. */
export interface TaskRequest {
  /** The task's name in the worker's registry. */
  task: string;
  input: unknown;
}

/** What comes back. Errors travel as data: a structured clone keeps neither their class nor their code. */
export type TaskReply = { output: unknown } | { failure: { code: ErrorCode; message: string } };
