import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/engine/codec/utf8';
import type { Rid } from '../../../src/engine/identifiers';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';
import { artifactsShared, checkinsShared } from '../../../src/engine/xfer/shared-counts';

describe('What a server may have of what is here', () => {
  let directory: string;
  let repository: Repository;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-shared-'));
    const environment = await createNodeEnvironment({ driver: 'portable', homeDirectory: directory, variables: {} });
    repository = createRepository(environment, join(directory, 'here.fossil'), { adminUser: 'tester' });
  });
  afterEach(async () => {
    repository.close();
    await rm(directory, { recursive: true });
  });

  /** A check-in that changes two files, all three in the repository. */
  function addCheckin(name: string, options: { isUnsent?: boolean; isPrivate?: boolean }): void {
    const [checkin, ...files] = ['check-in', 'one', 'two'].map(
      (part): Rid => repository.transaction(() => repository.blobs.put(utf8(`${name} ${part}`), options)).rid,
    );
    const link = repository.db.prepare('INSERT INTO mlink(mid,fid,pid) VALUES(?,?,0)');
    for (const file of files) link.run(checkin ?? 0, file);
  }

  it('is neither unsent nor private, and nothing that is only known by name', () => {
    const [artifacts, checkins] = [artifactsShared(repository), checkinsShared(repository)];
    addCheckin('public', {});
    addCheckin('unsent', { isUnsent: true });
    addCheckin('private', { isPrivate: true });
    addCheckin('both', { isPrivate: true, isUnsent: true });
    repository.db
      .prepare("INSERT INTO blob(rid,rcvid,size,uuid) VALUES(1000,0,-1,'0123456789012345678901234567890123456789')")
      .run();
    for (const table of ['phantom', 'private']) repository.db.prepare(`INSERT INTO ${table} VALUES(1000)`).run();
    assert.deepEqual([artifactsShared(repository), checkinsShared(repository)], [artifacts + 3, checkins + 1]);
  });
});
