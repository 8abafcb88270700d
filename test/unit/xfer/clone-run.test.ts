import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { repositoryHandlers } from '../../../src/engine/operations/serve';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { cloneInto } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import type { Transport } from '../../../src/engine/xfer/transport';

/** So long a connection takes here, in turns of the thread. */
const CONNECTING = 5;

describe('A clone', () => {
  it('sends its next message before it stores what the last one has brought', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-clone-run-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const server = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester' });
    const events: string[] = [];
    const inner = memoryTransport(repositoryHandlers(server));
    const transport: Transport = {
      open: async (remote) => {
        const session = await inner.open(remote);
        return {
          remote,
          fetchJson: (path) => session.fetchJson(path),
          close: () => session.close(),
          exchange: async (request, options = {}) => {
            for (let turn = 0; turn < CONNECTING; turn++) await nextTurn();
            events.push('sent');
            return session.exchange(request, options);
          },
        };
      },
    };
    const faults = {
      at: (site: string) => {
        if (site === 'clone-round-stored') events.push('stored');
      },
    };
    const copy = createRepository({ ...environment, faults }, join(directory, 'b.fossil'), {
      adminUser: 'tester',
      withInitialCheckin: false,
      projectCode: null,
    });
    try {
      const { received } = await cloneInto(copy, transport, parseRemote('http://example.org/'), {});
      assert.equal(received, server.blobs.count());
      // The second message asks for the configuration.
      assert.deepEqual(events, ['sent', 'sent', 'stored', 'stored']);
    } finally {
      copy.close();
      server.close();
      await rm(directory, { recursive: true });
    }
  });
});
