import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDelta } from '../../../src/engine/codec/delta-create';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { shun } from '../../../src/engine/repository/shun';

describe('A rebuild that removes what is shunned', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'trilobite-shunned-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('asks for what was a delta of it, where both waited for something that never came', async () => {
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester' });
    try {
      const texts = ['one', 'two', 'three'].map((word) => utf8(`${'a line\n'.repeat(50)}${word}\n`)) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const [absent, unwanted, waiting] = texts.map((text) => environment.hash.hex('sha3-256', text)) as [
        Hash,
        Hash,
        Hash,
      ];
      repository.transaction(() => {
        const { blobs } = repository;
        const source = blobs.putDangling(unwanted, createDelta(texts[0], texts[1]), blobs.ridOrPhantom(absent));
        blobs.putDangling(waiting, createDelta(texts[1], texts[2]), source);
        shun(repository, [unwanted]);
      });
      const { removed } = await rebuild(repository, { user: 'tester' });
      assert.equal(removed, 1);
      assert.equal(repository.blobs.rid(unwanted), undefined);
      const missing = repository.db.prepare('SELECT uuid FROM phantom JOIN blob USING(rid) WHERE size<0');
      assert.deepEqual(
        missing.all<{ uuid: Hash }>().map(({ uuid }) => uuid),
        [absent, waiting],
      );
    } finally {
      repository.close();
    }
  });
});
