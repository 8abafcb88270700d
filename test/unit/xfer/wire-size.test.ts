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
  it('is a part of it where it is the next version of another one, and all of it where it is large and unlike that', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-wire-'));
    try {
      const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
      const options = { adminUser: 'tester', isPrivate: true };
      const repository = createRepository(environment, join(directory, 'a.fossil'), options);
      const { db } = repository;
      const sizes = repository.transaction(() => {
        const add = (name: string, bytes: number, stored = MIB): Rid =>
          db
            .prepare('INSERT INTO blob(rcvid,size,uuid,content) VALUES(1,?,?,zeroblob(?))')
            .run(bytes, name.repeat(64), stored).lastInsertRowid as Rid;
        const [older, moderate, large] = [add('a', 16 * MIB), add('b', 16 * MIB), add('c', 16 * MIB + 1)];
        const [former, next] = [add('d', 99 * MIB, 1000), add('e', 99 * MIB)];
        const [source, stored] = [add('f', 99 * MIB), add('1', 99 * MIB, 1000)];
        const follow = db.prepare('INSERT INTO mlink(mid,fid,pid,fnid) VALUES(1,?,?,1)');
        for (const newer of [moderate, large]) follow.run(newer, older);
        follow.run(next, former);
        follow.run(stored, source);
        for (const [rid, of] of [
          [former, next],
          [stored, source],
        ])
          db.prepare('INSERT INTO delta(rid,srcid) VALUES(?,?)').run(rid ?? 0, of ?? 0);
        const told = wireSizes(repository, [moderate, large, next, stored]);
        return [moderate, large, next, stored].map((rid) => told.get(rid) ?? assert.fail());
      });
      const text = JSON.stringify(sizes);
      const [moderate, large, next, stored] = sizes;
      assert.ok(moderate !== undefined && moderate.bytes < MIB / 2 && !moderate.isStoredSo, text);
      assert.ok(large !== undefined && large.bytes > 0.8 * MIB && !large.isStoredSo, text);
      assert.ok(next !== undefined && next.bytes < 2000 && !next.isStoredSo, text);
      assert.ok(stored !== undefined && stored.bytes < 2000 && stored.isStoredSo, text);
      repository.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
