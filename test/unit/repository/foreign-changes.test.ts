import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { Repository } from '../../../src/engine/repository/repository';
import { acceptShunned, removeShunned, shun } from '../../../src/engine/repository/shun';

describe('A repository that somebody else writes into', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-foreign-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('has another version each time, and is not read from memory, also where the driver reads the file anew', async () => {
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const file = join(directory, 'a.fossil');
    createRepository(environment, file, { adminUser: 'tester', isPrivate: true }).close();
    const reader = Repository.open(environment, file, { mode: 'read' });
    const writer = Repository.open(environment, file, { allowPortableWrites: true });
    try {
      const versions = new Set([reader.version]);
      let former: { rid: number; text: string } | undefined;
      for (const text of ['one', 'two', 'three']) {
        const { rid, hash } = writer.transaction(() => writer.blobs.put(utf8(text)));
        versions.add(reader.version);
        assert.deepEqual(
          reader.snapshot(() => reader.blobs.content(rid)),
          utf8(text),
        );
        if (former !== undefined) assert.equal(rid, former.rid, 'the row is used again');
        former = { rid, text };
        writer.transaction(() => {
          shun(writer, [hash]);
          removeShunned(writer);
          acceptShunned(writer, [hash]);
        });
      }
      assert.equal(versions.size, 4);
    } finally {
      writer.close();
      reader.close();
    }
  });
});
