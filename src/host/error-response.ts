import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { EngineError } from '../engine/errors';
import type { ErrorDetails } from './protocol';

/** Code of every error response that carries ErrorDetails; below JSON-RPC's reserved range. */
const engineErrorResponse = -31_000;

const internalSentence =
  'Something went wrong inside Trilobite; your repository is unharmed. The log has the details: please report them.';

const diedSentence =
  'The Fossil engine ended unexpectedly before it could answer. It is started again: please try once more.';

/** Turns whatever an operation threw into the error response that the other side understands; a stack never travels. */
export function toResponse(error: unknown): ResponseError<ErrorDetails> {
  if (error instanceof EngineError) {
    return new ResponseError<ErrorDetails>(engineErrorResponse, error.message, { code: error.code });
  }
  return new ResponseError<ErrorDetails>(engineErrorResponse, internalSentence, { code: 'internal' });
}

/** Turns a rejected request back into an EngineError: `engine-died` when the connection ended before the answer came. */
export function fromResponse(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof ResponseError) {
    if (error.code === engineErrorResponse && hasDetails(error.data)) {
      return new EngineError(error.data.code, error.message, { cause: error });
    }
    if (error.code !== ErrorCodes.PendingResponseRejected && error.code !== ErrorCodes.MessageWriteError) {
      return new EngineError('internal', internalSentence, { cause: error });
    }
  }
  return new EngineError('engine-died', diedSentence, { cause: error });
}

function hasDetails(data: unknown): data is ErrorDetails {
  return typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string';
}
