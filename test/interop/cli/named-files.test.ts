import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { CommandLine } from './command-line';

describe('files that are named on the command line', () => {
  let sandbox: FossilSandbox;
  let line: CommandLine;
  let repository: string;
  before(async () => {
    sandbox = await FossilSandbox.create();
    line = await CommandLine.create('portable');
    repository = sandbox.path('project.fossil');
    const checkout = sandbox.path('checkout');
    await fs.mkdir(checkout);
    await sandbox.fossil(['init', repository]);
    await sandbox.fossil(['open', repository], { cwd: checkout });
    await fs.writeFile(`${checkout}/a.txt`, 'content\n');
    await sandbox.fossil(['add', 'a.txt'], { cwd: checkout });
    await sandbox.fossil(['commit', '-m', 'one', '--no-warnings', '--allow-empty'], { cwd: checkout });
    await sandbox.fossil(['uv', 'add', 'a.txt', '--as', 'u.txt'], { cwd: checkout });
  });
  after(async () => {
    await line.remove();
    await sandbox.remove();
  });

  for (const [command, ...args] of [
    ['artifact', 'tip', 'OUT', '-R', 'REPOSITORY'],
    ['config', 'export', 'user', 'OUT', '-R', 'REPOSITORY'],
    ['uv', 'export', 'u.txt', 'OUT', '-R', 'REPOSITORY'],
    ['export', '--git', '--export-marks', 'OUT', 'REPOSITORY'],
  ]) {
    it(`${command} writes into what stands where its output goes, as fossil does`, async () => {
      const left: unknown[] = [];
      for (const run of [
        (words: string[], directory: string) => line.succeed(words, { directory }),
        (words: string[], cwd: string) => sandbox.fossil(words, { cwd }),
      ]) {
        const directory = await fs.mkdtemp(sandbox.path('outputs-'));
        const at = (name: string): string => `${directory}/${name}`;
        for (const name of ['secret', 'target', 'one']) await fs.writeFile(at(name), 'old'.repeat(10_000));
        await fs.chmod(at('secret'), 0o600);
        await fs.symlink('target', at('link'));
        await fs.link(at('one'), at('other'));
        for (const name of ['secret', 'link', 'one', 'new']) {
          const words = args.map((word) => ({ OUT: name, REPOSITORY: repository })[word] ?? word);
          await run([command ?? '', ...words], directory);
        }
        const files = ['secret', 'target', 'link', 'one', 'other', 'new'];
        left.push(await Promise.all(files.map(async (name) => [name, ...(await standing(at(name)))])));
      }
      const [ours, theirs] = left;
      assert.deepEqual(ours, theirs);
    });
  }

  /** Without what differs from one run to the next. */
  async function standing(file: string): Promise<unknown[]> {
    const { mode, nlink } = await fs.lstat(file);
    const content = await fs.readFile(file, 'utf8');
    return [mode.toString(8), nlink, content.startsWith('old'), content === ''];
  }

  it('whatis -f - looks for what standard input holds, as fossil does', async () => {
    for (const input of ['content\n', 'nowhere\n', '']) {
      const args = ['whatis', '-f', '-', '-R', repository];
      assert.equal(await line.succeed(args, { input: [input] }), await sandbox.fossil(args, { input }), input);
    }
  });

  it('whatis -f reads the files before it opens the repository', async () => {
    const { complaints } = await line.run(['whatis', '-f', 'nowhere.txt', '-R', 'nothing.fossil']);
    assert.match(complaints, /nowhere\.txt/);
  });

  it('a relative file: address is that of a file here, with slashes before it or without, as for fossil', async () => {
    const directory = sandbox.path('a+b 100%');
    await fs.mkdir(directory);
    await fs.copyFile(repository, `${directory}/c d.fossil`);
    for (const address of ['file://./c%20d.fossil', 'file:c+d.fossil', 'file://../project.fossil']) {
      const remembered: string[] = [];
      for (const [run, clone] of [
        [(words: string[]) => line.succeed(words, { directory }), 'ours.fossil'],
        [(words: string[]) => sandbox.fossil(words, { cwd: directory }), 'theirs.fossil'],
      ] as const) {
        await run(['clone', address, clone]);
        remembered.push(await sandbox.fossil(['remote', '-R', `${directory}/${clone}`]));
        await fs.rm(`${directory}/${clone}`);
      }
      const [ours, theirs] = remembered;
      assert.match(ours ?? '', /^file:\/\/\/.*\.fossil$/m);
      assert.equal(ours, theirs, address);
    }
  });
});
