import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { wireSizes } from '../../../src/engine/xfer/wire-size';

const MIB = 1024 * 1024;

describe('What a file will take on the wire', () => {
  it('is a part of it where it is the next version of another one, and all of it beyond 16 MiB', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-wire-'));
    try {
      const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
      const options = { adminUser: 'tester', isPrivate: true };
      const repository = createRepository(environment, join(directory, 'a.fossil'), options);
      const sizes = repository.transaction(() => {
        const add = (name: string, bytes: number): Rid =>
          repository.db
            .prepare('INSERT INTO blob(rcvid,size,uuid,content) VALUES(1,?,?,zeroblob(?))')
            .run(bytes, name.repeat(64), MIB).lastInsertRowid as Rid;
        const [older, moderate, large] = [add('a', 16 * MIB), add('b', 16 * MIB), add('c', 16 * MIB + 1)];
        const follow = repository.db.prepare('INSERT INTO mlink(mid,fid,pid,fnid) VALUES(1,?,?,1)');
        for (const newer of [moderate, large]) follow.run(newer, older);
        const told = wireSizes(repository, [moderate, large]);
        return [moderate, large].map((rid) => told.get(rid) ?? assert.fail());
      });
      assert.ok((sizes[0]?.bytes ?? MIB) < MIB / 2 && sizes[0]?.isStoredSo === false, JSON.stringify(sizes));
      assert.ok((sizes[1]?.bytes ?? 0) > MIB && sizes[1]?.isStoredSo === true, JSON.stringify(sizes));
      repository.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
