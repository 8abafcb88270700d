import { EngineError } from '../errors';
import { canonicalUrl } from '../xfer/remote';
import type { ConnectionContext, Transport } from '../xfer/transport';
import { MemorySession } from './memory';
import type { RequestHandlers } from './request-handlers';

/** A repository file that answers in this process. */
export interface OpenedFile {
  handlers: RequestHandlers;
  close(): void;
}

/**
 * Sync with a repository file of this computer: messages go to the server's side of the engine in this process, with the rights of whoever
 * may open the file (fossil.md 1.7).
 * @param open - opens the file at a path; it is closed with the session
 */
export function fileTransport(
  open: (path: string, context: ConnectionContext | undefined) => Promise<OpenedFile>,
): Transport {
  return {
    open: async (remote, context) => {
      if (remote.scheme !== 'file') throw new EngineError('url-malformed', `${canonicalUrl(remote)} is no file.`);
      const file = await open(remote.path, context);
      const session = new MemorySession(file.handlers, remote);
      let isOpen = true;
      return {
        remote,
        exchange: (request, options) => session.exchange(request, options),
        fetchJson: (path, options) => session.fetchJson(path, options),
        close: async () => {
          await session.close();
          if (isOpen) file.close();
          isOpen = false;
        },
      };
    },
  };
}
