import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { cloneRepository } from '../../../src/engine/operations/clone';
import { repositoryHandlers } from '../../../src/engine/operations/serve';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { memoryTransport } from '../../../src/engine/transport/memory';
import { synchronize } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import type { Transport } from '../../../src/engine/xfer/transport';
import { Seeded } from '../../support/seeded';

const URL = 'http://example.org/';

describe('A reply that breaks off, at whatever byte,', () => {
  let directory: string;
  let environment: Environment;
  let server: Repository;
  /** Bytes of the next reply that come before the connection is lost; undefined: all of all. */
  let left: number | undefined;
  let transport: Transport;
  const seeded = new Seeded(11);

  beforeEach(async () => {
    left = undefined;
    directory = await mkdtemp(join(tmpdir(), 'trilobite-cut-'));
    environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    server = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
    server.db.prepare("UPDATE user SET cap='gio' WHERE login='nobody'").run();
    transport = memoryTransport(repositoryHandlers(server), {
      leaving: (response) => Promise.resolve(response),
      piece: (offset, length) =>
        Promise.resolve(left === undefined ? length : Math.max(0, Math.min(length, left - offset))),
    });
  });
  afterEach(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });

  function write(repository: Repository): Hash[] {
    return repository.transaction(() =>
      [1, 2, 3].map(() => repository.blobs.put(utf8(`${seeded.below(2 ** 32)}\n`.repeat(4)), { isUnsent: true }).hash),
    );
  }

  /** Breaks off later and later, until nothing breaks. @returns how often it did */
  async function cutEverywhere(step: number, once: () => Promise<void>, again: () => Promise<void>): Promise<number> {
    for (let cuts = 0; ; cuts++) {
      left = cuts * step;
      const isCut = await once().then(
        () => false,
        () => true,
      );
      left = undefined;
      await again();
      if (!isCut) return cuts;
    }
  }

  for (const direction of ['pull', 'push'] as const) {
    it(`in a ${direction} loses nothing, and the next one brings all`, async () => {
      const client = createRepository(environment, join(directory, 'b.fossil'), {
        adminUser: 'tester',
        projectCode: server.projectCode ?? null,
        withInitialCheckin: false,
        isPrivate: true,
      });
      try {
        const [from, to] = direction === 'pull' ? [server, client] : [client, server];
        const options = { pull: direction === 'pull', push: direction === 'push' };
        const sync = async (): Promise<void> => {
          await synchronize(client, transport, parseRemote(URL), options);
        };
        await sync();
        let written: Hash[] = [];
        const cuts = await cutEverywhere(
          direction === 'pull' ? 13 : 5,
          () => {
            written = write(from);
            return sync();
          },
          async () => {
            await sync();
            for (const hash of written) {
              const rid = to.blobs.rid(hash);
              assert.ok(rid !== undefined && to.blobs.isReadable(rid), hash);
            }
            assert.deepEqual(client.blobs.unsent(), []);
          },
        );
        assert.ok(cuts > 10, `${cuts} cuts`);
      } finally {
        client.close();
      }
    });
  }

  it('in a clone leaves what has come, and the next one brings the rest', async () => {
    const written = write(server);
    const path = join(directory, 'c.fossil');
    const silent = {
      questions: {
        credentials: () => Promise.resolve(undefined),
        userName: () => Promise.resolve(undefined),
        allowPortableWrites: () => Promise.resolve(true),
      },
    };
    const clone = async (): Promise<void> => {
      await cloneRepository(environment, transport, { path, url: URL }, silent);
    };
    let isCloned = false;
    const cuts = await cutEverywhere(
      71,
      async () => {
        await clone();
        isCloned = true;
      },
      async () => {
        if (!isCloned) await clone();
        isCloned = false;
        const repository = Repository.open(environment, path, { mode: 'read' });
        for (const hash of written) assert.ok(repository.blobs.rid(hash) !== undefined, hash);
        repository.close();
        await rm(path);
      },
    );
    assert.ok(cuts > 10, `${cuts} cuts`);
  });
});
