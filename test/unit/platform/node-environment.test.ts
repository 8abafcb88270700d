import assert from 'node:assert/strict';
import os from 'node:os';
import { mock } from 'node:test';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';

describe('the environment on Node', () => {
  afterEach(() => mock.restoreAll());

  it('tells a user without a home folder what to do, and needs none where it is told one', async () => {
    // What Node does for a user whom the system does not know, and who has no HOME.
    mock.method(os, 'homedir', () => {
      throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
    });
    const variables = { PATH: process.env['PATH'] };
    await assert.rejects(createNodeEnvironment({ variables }), {
      code: 'file-missing',
      message:
        'The user who runs this has no home folder. Set HOME to one: Fossil keeps there what holds for all repositories.',
    });
    const environment = await createNodeEnvironment({ variables, homeDirectory: '/elsewhere' });
    assert.equal(environment.homeDirectory, '/elsewhere');
  });
});
