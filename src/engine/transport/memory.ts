import { textOf } from '../codec/utf8';
import { EngineError, throwIfCancelled } from '../errors';
import type { XferResponse } from '../xfer/server';
import type { ExchangeReply, Transport } from '../xfer/transport';
import { pageText } from './page-text';
import type { RequestHandlers } from './request-handlers';

const CHUNK_BYTES = 64 * 1024;

/** A server in the same process: for tests and simulations. Every remote leads to it. */
export function memoryTransport(handlers: RequestHandlers): Transport {
  return {
    open: (remote) =>
      Promise.resolve({
        remote,
        exchange: async (request, options = {}) => {
          throwIfCancelled(options.signal);
          const response = await handlers.xfer({ contentType: request.contentType, body: request.body(remote) });
          throwIfCancelled(options.signal);
          return asReply(response, options.signal);
        },
        fetchJson: async (path, options = {}) => {
          throwIfCancelled(options.signal);
          const [bare = '', query = ''] = path.split('?');
          const answer = await handlers.json?.(bare, new URLSearchParams(query));
          return answer === undefined ? undefined : (JSON.parse(JSON.stringify(answer)) as unknown);
        },
        close: () => Promise.resolve(),
      }),
  };
}

function asReply(response: XferResponse, signal: AbortSignal | undefined): ExchangeReply {
  const contentType = response.contentType.split(';')[0]?.toLowerCase() ?? '';
  if (response.status !== 200)
    throw new EngineError(
      'http-status',
      `The server answered with HTTP status ${response.status}. It says: ${pageText(textOf(response.body))}`,
    );
  if (!contentType.startsWith('application/x-fossil'))
    throw new EngineError('not-fossil', "The server answered with a web page instead of Fossil's sync protocol.");
  return { contentType, length: response.body.length, chunks: slices(response.body, signal) };
}

// A generator over what is there already; it is asynchronous because a reply streams.
// eslint-disable-next-line @typescript-eslint/require-await
async function* slices(body: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < body.length; offset += CHUNK_BYTES) {
    throwIfCancelled(signal);
    yield body.subarray(offset, offset + CHUNK_BYTES);
  }
}
