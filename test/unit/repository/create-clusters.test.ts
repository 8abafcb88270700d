import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatArtifact } from '../../../src/engine/artifact/format';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createClusters, hasArtifactsToCluster } from '../../../src/engine/repository/create-clusters';
import { createRepository } from '../../../src/engine/repository/create-repository';

describe('What no cluster names', () => {
  it('is not gathered again and again where the cluster of it is shunned', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trilobite-clusters-'));
    try {
      const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
      const file = join(directory, 'a.fossil');
      const repository = createRepository(environment, file, { adminUser: 'tester', withInitialCheckin: false });
      const put = (text: string): Hash => repository.blobs.put(utf8(text)).hash;
      repository.transaction(() => {
        const members = Array.from({ length: 100 }, (_, index) => put(`loose ${index}`)).sort();
        assert.equal(hasArtifactsToCluster(repository), true);
        const cluster = environment.hash.hex(
          'sha3-256',
          formatArtifact({ type: 'cluster', members }, environment.hash),
        );
        repository.db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(cluster);
        assert.equal(hasArtifactsToCluster(repository), false);
        assert.equal(createClusters(repository), 0);
        put('one more');
        assert.equal(hasArtifactsToCluster(repository), true);
        assert.equal(createClusters(repository), 1);
        assert.equal(hasArtifactsToCluster(repository), false);
      });
      repository.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
