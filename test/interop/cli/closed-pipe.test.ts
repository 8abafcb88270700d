import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { promisify } from 'node:util';
import { projectDirectory } from '../../support/tool-cache';
import { CommandLine } from './command-line';

const run = promisify(execFile);

describe('a command whose reader has enough', () => {
  let line: CommandLine;
  before(async () => {
    line = await CommandLine.create('portable');
  });
  after(() => line.remove());

  it('ends without a word, as "trilobite cat FILE | head"', async () => {
    await line.succeed(['init', 'project.fossil']);
    await line.succeed(['open', 'project.fossil', 'checkout']);
    await fs.writeFile(line.path('checkout', 'long.txt'), 'a line that is one of many\n'.repeat(100_000));
    await line.succeed(['add', 'long.txt'], { directory: line.path('checkout') });
    await line.succeed(['commit', '-m', 'long'], { directory: line.path('checkout') });
    const program = `'${process.execPath}' --require tsx/cjs src/cli.ts cat long.txt -R '${line.path('project.fossil')}'`;
    const { stdout, stderr } = await run('sh', ['-c', `${program} | head -n 1`], {
      cwd: projectDirectory,
      env: { PATH: process.env['PATH'], HOME: line.path('home'), USER: 'alice' },
    });
    assert.deepEqual({ stdout, stderr }, { stdout: 'a line that is one of many\n', stderr: '' });
  });
});
