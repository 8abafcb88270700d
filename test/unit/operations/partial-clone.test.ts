import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartialClone } from '../../../src/engine/operations/partial-clone';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Repository } from '../../../src/engine/repository/repository';
import { parseRemote } from '../../../src/engine/xfer/remote';

describe('A clone that was interrupted', () => {
  let directory: string;
  let environment: Environment;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-partial-'));
    environment = await createNodeEnvironment({
      driver: 'portable',
      busyTimeout: 20,
      homeDirectory: directory,
      variables: {},
    });
  });
  afterEach(() => rm(directory, { recursive: true }));

  const administrators = (repository: Repository): string[] => {
    const rows = repository.db.prepare("SELECT login FROM user WHERE cap='s'").all<{ login: string }>();
    repository.close();
    return rows.map(({ login }) => login);
  };

  it('goes on under the administrator whom it began with, or under another one who is named', async () => {
    const partial = new PartialClone(environment, join(directory, 'a.fossil'));
    const begun = await partial.begin(parseRemote('http://h/'), 'ann');
    begun.db.exec("INSERT INTO user(login,cap) VALUES('ben','o')");
    assert.deepEqual(administrators(begun), ['ann']);
    assert.deepEqual(administrators(partial.continue()), ['ann']);
    assert.deepEqual(administrators(partial.continue('ann')), ['ann']);
    // Even if the server has had a user of that name.
    assert.deepEqual(administrators(partial.continue('ben')), ['ben']);
    assert.deepEqual(administrators(partial.continue()), ['ben']);
  });

  it('cannot be gone on with by the portable driver where a native one was killed in a transaction', async () => {
    const partial = new PartialClone(environment, join(directory, 'a.fossil'));
    (await partial.begin(parseRemote('http://h/'), 'ann')).close();
    assert.notEqual(await partial.examine(), undefined);
    await writeFile(`${partial.path}-journal`, Buffer.from('d9d505f920a163d7', 'hex'));
    assert.equal(await partial.examine(), undefined);
  });

  it('leaves nothing beside the clone once it is whole, whichever driver was killed before', async () => {
    const partial = new PartialClone(environment, join(directory, 'a.fossil'));
    (await partial.begin(parseRemote('http://h/'), 'ann')).close();
    await writeFile(`${partial.path}-journal`, new Uint8Array(512));
    await writeFile(`${partial.path}.trilobite-new-0123456789abcdef`, 'half');
    await writeFile(join(directory, 'b.fossil.trilobite-partial'), 'of another');
    await partial.finish(join(directory, 'a.fossil'));
    assert.deepEqual((await readdir(directory)).sort(), ['a.fossil', 'b.fossil.trilobite-partial']);
  });
});
