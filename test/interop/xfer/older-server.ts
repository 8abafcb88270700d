import { packContainer, unpackContainer } from '../../../src/engine/codec/container';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Zlib } from '../../../src/engine/platform/zlib';
import type { Transport } from '../../../src/engine/xfer/transport';

/**
 * Leads to a server that knows older versions of the clone protocol alone: the request for a newer one reaches it as the one that such a
 * server would have taken it for.
 */
export function olderServer(transport: Transport, zlib: Zlib, version: 1 | 2): Transport {
  const asOlder = (body: Uint8Array): Uint8Array => {
    const text = textOf(unpackContainer(zlib, body));
    return packContainer(zlib, utf8(text.replace(/^clone 3 (\d+)$/m, version === 1 ? 'clone' : 'clone 2 $1')));
  };
  return {
    open: async (remote, context) => {
      const session = await transport.open(remote, context);
      return {
        exchange: (request, options) =>
          session.exchange({ ...request, body: (target) => asOlder(request.body(target)) }, options),
        fetchJson: (path, options) => session.fetchJson(path, options),
        get remote() {
          return session.remote;
        },
        close: () => session.close(),
      };
    },
  };
}
