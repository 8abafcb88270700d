import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import { EngineError, throwIfCancelled } from '../engine/errors';
import { eventInWords } from '../engine/operations/describe-event';
import type { Interaction } from '../engine/operations/interaction';
import type { XferListener } from '../engine/xfer/observer';
import { toResponse } from './error-response';
import { Lanes } from './lanes';
import type { EngineRequest, LogMessage } from './protocol';
import * as protocol from './protocol';
import { remoteQuestions } from './remote-questions';
import { throttleProgress } from './throttle-progress';

/** Does what a request asks for. */
export type Answer<Request, Result> = (request: Request, interaction: Interaction) => Promise<Result>;

/**
 * The engine's end of the connection: gives each request its signal, its progress and its turn, and turns failures into error
 * responses. What the requests do is registered with `answer`.
 */
export class EngineServer {
  private readonly lanes = new Lanes();
  private readonly running = new Set<Promise<unknown>>();
  private readonly aborts = new Set<AbortController>();

  /** @param now - milliseconds of a clock that never goes back */
  constructor(
    private readonly connection: MessageConnection,
    private readonly now: () => number,
  ) {
    connection.onRequest(protocol.shutdown, async () => {
      await this.settled();
      // After the answers of what has just settled: the parent disconnects when it gets this one.
      await new Promise((resolve) => setImmediate(resolve));
      return null;
    });
  }

  /**
   * @param laneOf - names what a request writes; requests of one lane run one after the other, those without a lane at once
   */
  answer<Request, Result>(
    type: EngineRequest<Request, Result>,
    body: Answer<Request, Result>,
    laneOf?: (request: Request) => string,
  ): void {
    this.connection.onRequest(type, async ({ operation, request }, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const interaction = this.interaction(operation, abort.signal, token);
      const work = async (): Promise<Result> => {
        throwIfCancelled(abort.signal);
        return body(request, interaction);
      };
      const run = laneOf === undefined ? work() : this.lanes.enter(laneOf(request), work);
      return this.track(run, abort, type.method);
    });
  }

  log(message: LogMessage): void {
    this.connection.sendNotification(protocol.log, message).catch(ignoreLostConnection);
  }

  /** Cancels everything that runs or waits, because nobody is there any more: no user's wish, which signals tell by their reason. */
  abortAll(): void {
    const reason = new EngineError('engine-died', 'The editor has gone.');
    for (const abort of this.aborts) abort.abort(reason);
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  private interaction(operation: number, signal: AbortSignal, token: CancellationToken): Interaction {
    const onProgress = throttleProgress((progress) => {
      this.connection.sendNotification(protocol.progress, { operation, progress }).catch(ignoreLostConnection);
    }, this.now);
    const onEvent: XferListener = (event) => {
      const message = eventInWords(event);
      if (message !== undefined) this.log({ level: 'info', message });
    };
    return { questions: remoteQuestions(this.connection, token), signal, onProgress, onEvent };
  }

  private async track<Result>(run: Promise<Result>, abort: AbortController, method: string): Promise<Result> {
    this.running.add(run);
    this.aborts.add(abort);
    try {
      return await run;
    } catch (error) {
      if (!(error instanceof EngineError) || error.code === 'internal') {
        this.log({ level: 'error', message: `${method}: ${describe(error)}` });
      } else if (error.code !== 'cancelled' && error.cause !== undefined) {
        this.log({ level: 'warn', message: `${method}: ${error.message} (${describe(error.cause)})` });
      }
      throw toResponse(error);
    } finally {
      this.running.delete(run);
      this.aborts.delete(abort);
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** When the connection is gone nobody reads; `disconnect` ends the process. */
function ignoreLostConnection(): void {
  return undefined;
}
