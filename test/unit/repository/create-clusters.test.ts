import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatArtifact } from '../../../src/engine/artifact/format';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createClusters, createClustersInTransaction } from '../../../src/engine/repository/create-clusters';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';

describe('What no cluster names', () => {
  let directory: string;
  let environment: Environment;
  let repository: Repository;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-clusters-'));
    environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    const file = join(directory, 'a.fossil');
    repository = createRepository(environment, file, { adminUser: 'tester', withInitialCheckin: false });
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });
  const put = (text: string): Hash => repository.transaction(() => repository.blobs.put(utf8(text)).hash);
  const putLoose = (): Hash[] =>
    repository.transaction(() => Array.from({ length: 100 }, (_, index) => put(`loose ${index}`)));
  const left = (): number =>
    repository.db.prepare('SELECT count(*) AS n FROM unclustered').get<{ n: number }>()?.n ?? assert.fail();

  it('is not gathered again and again where the cluster of it is shunned', () => {
    const members = putLoose().sort();
    const cluster = environment.hash.hex('sha3-256', formatArtifact({ type: 'cluster', members }, environment.hash));
    repository.transaction(() => repository.db.prepare('INSERT INTO shun(uuid,mtime) VALUES(?,0)').run(cluster));
    assert.equal(createClustersInTransaction(repository), 0);
    assert.equal(createClusters(repository), 0);
    put('one more');
    assert.equal(createClustersInTransaction(repository), 1);
  });

  it('needs no transaction where it is too little for a cluster', () => {
    putLoose();
    assert.equal(createClustersInTransaction(repository), 1);
    const { version } = repository;
    assert.equal(createClustersInTransaction(repository), 0);
    assert.equal(repository.version, version);
  });

  it('is gathered anew where somebody has written before the transaction begins', () => {
    putLoose();
    const { hash } = environment;
    let late: Hash | undefined;
    const interfere = (): void => {
      environment.hash = hash;
      late = put('late');
    };
    environment.hash = {
      hexEach: hash.hexEach.bind(hash),
      hex: (...call) => {
        interfere();
        return hash.hex(...call);
      },
      create: (...call) => {
        interfere();
        return hash.create(...call);
      },
    };
    assert.equal(createClustersInTransaction(repository), 1);
    assert.ok(late !== undefined);
    // The cluster alone is left.
    assert.equal(left(), 1);
  });
});
