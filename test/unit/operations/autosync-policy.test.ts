import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { autosyncPolicy, type AutosyncCommand } from '../../../src/engine/operations/autosync-policy';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { createRepository } from '../../../src/engine/repository/create-repository';
import type { Repository } from '../../../src/engine/repository/repository';

describe('The setting autosync', () => {
  let directory: string;
  let environment: Environment;
  let repository: Repository;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-autosync-'));
    environment = await createNodeEnvironment({ homeDirectory: directory, variables: { HOME: directory } });
    repository = createRepository(environment, join(directory, 'a.fossil'), { adminUser: 'tester', isPrivate: true });
  });
  after(async () => {
    repository.close();
    await environment.pool.close();
    await rm(directory, { recursive: true });
  });

  /** What it says, as `pull`, `push`, `all`. */
  function policyOf(settings: Record<string, string>, command: AutosyncCommand): string[] {
    return repository.transaction(() => {
      for (const name of ['autosync', 'dont-push']) repository.config.remove(name);
      for (const [name, value] of Object.entries(settings)) repository.config.set(name, value);
      const { pulls, pushes, isWithAll } = autosyncPolicy(repository, command);
      return [...(pulls ? ['pull'] : []), ...(pushes ? ['push'] : []), ...(isWithAll ? ['all'] : [])];
    });
  }

  const cases: [value: string, command: AutosyncCommand, policy: string[]][] = [
    ['on', 'commit', ['pull', 'push']],
    ['1', 'update', ['pull', 'push']],
    ['off', 'commit', []],
    ['0', 'commit', []],
    ['No', 'commit', []],
    ['pullonly', 'commit', ['pull']],
    ['all', 'commit', ['pull', 'push', 'all']],
    ['on,open=off', 'open', []],
    ['on,open=off', 'commit', ['pull', 'push']],
    ['off,commit=pullonly', 'commit', ['pull']],
    ['off, commit=pullonly', 'commit', ['pull']],
    ['off,commit=pullonly', 'update', []],
    ['commit=off', 'update', ['pull', 'push']],
    ['commit=off,update=all', 'update', ['pull', 'push', 'all']],
    ['off,on', 'update', []],
  ];
  for (const [value, command, policy] of cases) {
    it(`"${value}" means ${policy.join(' and ') || 'nothing'} for ${command}`, () => {
      assert.deepEqual(policyOf({ autosync: value }, command), policy);
    });
  }

  it('is on where nothing is set, and pulls alone where dont-push is on', () => {
    assert.deepEqual(policyOf({}, 'commit'), ['pull', 'push']);
    assert.deepEqual(policyOf({ 'dont-push': 'on' }, 'commit'), ['pull']);
  });
});
