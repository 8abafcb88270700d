import { EngineError } from '../../engine/errors';
import { parseRemote } from '../../engine/xfer/remote';

/** @returns a sentence about what is wrong with the address of a server, or undefined when it can be tried */
export function urlProblem(url: string): string | undefined {
  try {
    parseRemote(url);
    return undefined;
  } catch (error) {
    return error instanceof EngineError ? error.message : String(error);
  }
}
