import { httpTransport } from '../../src/engine/transport/http';
import { serveHttp } from '../../src/engine/transport/http-server';
import { memoryTransport } from '../../src/engine/transport/memory';
import { parseRemote } from '../../src/engine/xfer/remote';
import { transportSuite } from './transport-suite';

describe('The transport in memory', () => {
  transportSuite((handlers) =>
    Promise.resolve({
      transport: memoryTransport(handlers),
      remote: parseRemote('http://memory/'),
      stop: () => Promise.resolve(),
    }),
  );
});

describe('The transport over HTTP', () => {
  transportSuite(async (handlers) => {
    const server = await serveHttp(handlers, { port: 0 });
    return {
      transport: httpTransport({ variables: {} }),
      remote: parseRemote(server.url),
      stop: () => server.close(),
    };
  });
});
