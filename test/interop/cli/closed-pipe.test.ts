import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { promisify } from 'node:util';
import { projectDirectory } from '../../support/tool-cache';
import { CommandLine } from './command-line';

const run = promisify(execFile);

describe('a command whose output goes nowhere', () => {
  let line: CommandLine;
  before(async () => {
    line = await CommandLine.create('portable');
    await line.succeed(['init', 'project.fossil']);
    await line.succeed(['open', 'project.fossil', 'checkout']);
    await fs.writeFile(line.path('checkout', 'long.txt'), 'a line that is one of many\n'.repeat(100_000));
    await line.succeed(['add', 'long.txt'], { directory: line.path('checkout') });
    await line.succeed(['commit', '-m', 'long'], { directory: line.path('checkout') });
  });
  after(() => line.remove());

  /** @param command - and what follows it, as a shell reads it */
  async function shell(command: string): Promise<{ stdout: string; stderr: string; code?: number }> {
    const program = `'${process.execPath}' --require tsx/cjs src/cli.ts`;
    return run('sh', ['-c', `${program} ${command}`], {
      cwd: projectDirectory,
      env: { PATH: process.env['PATH'], HOME: line.path('home'), USER: 'alice' },
    }).catch((error: unknown) => error as { stdout: string; stderr: string; code: number });
  }

  it('ends without a word when its reader has enough, as "trilobite cat FILE | head"', async () => {
    assert.deepEqual(await shell(`cat long.txt -R '${line.path('project.fossil')}' | head -n 1`), {
      stdout: 'a line that is one of many\n',
      stderr: '',
    });
  });

  it('says that the disk is full, and fails', async () => {
    const { stderr, code } = await shell(`cat long.txt -R '${line.path('project.fossil')}' >/dev/full`);
    assert.equal(stderr, 'The disk is full: the output could not be written. Make room and try again.\n');
    assert.equal(code, 1);
  });

  it('does what it shall though nobody can be told of its progress', async () => {
    const { stdout } = await shell(
      `clone 'file://${line.path('project.fossil')}' '${line.path('clone.fossil')}' -v --json 2>/dev/full`,
    );
    assert.equal((JSON.parse(stdout) as { artifacts: number }).artifacts, 3);
  });
});
