import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { EngineServer } from './engine-server';
import { watchParent } from './watchdog';

/** Milliseconds that running work has to stop after the parent has gone. */
const farewell = 500;

/**
 * Serves the process that forked this one until it asks for the end or goes away: then all work is cancelled and the process exits
 * within a second. A transaction that is cut off is rolled back by whoever opens the database next.
 *
 * @param register - registers the answers before the first request is read
 */
export function serveParent(register: (server: EngineServer) => void): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process), {
    error: (message: string) => console.error(message),
    warn: (message: string) => console.error(message),
    info: () => undefined,
    log: () => undefined,
  });
  const server = new EngineServer(connection, () => performance.now());
  register(server);
  process.once('disconnect', () => {
    setTimeout(leave, farewell).unref();
    server.abortAll();
    void server.settled().then(leave);
  });
  process.on('unhandledRejection', (reason) => {
    server.log({
      level: 'error',
      message: `Unhandled: ${reason instanceof Error ? String(reason.stack) : String(reason)}`,
    });
  });
  watchParent(farewell);
  connection.listen();
}

function leave(): void {
  process.exit(0);
}
