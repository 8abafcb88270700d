import type { Session, Transport } from '../xfer/transport';

/** A transport whose messages are not compressed, so that a tool that watches the network can read them; replies follow suit. */
export function plainMessages(transport: Transport): Transport {
  return { open: async (remote, context) => plain(await transport.open(remote, context)) };
}

function plain(session: Session): Session {
  return {
    takesPlain: true,
    get remote() {
      return session.remote;
    },
    exchange: (request, options) => session.exchange(request, options),
    greet: async (options) => session.greet?.(options),
    fetchJson: (path, options) => session.fetchJson(path, options),
    close: () => session.close(),
  };
}
