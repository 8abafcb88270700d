import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { bundleProgram } from '../../support/bundled-program';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { projectDirectory } from '../../support/tool-cache';

interface Ending {
  exitCode: number | null;
  output: string;
  complaints: string;
}

describe('what happens around a command', () => {
  let sandbox: FossilSandbox;
  let repository: string;
  let trilobite: string[];
  before(async () => {
    sandbox = await FossilSandbox.create();
    repository = sandbox.path('project.fossil');
    await sandbox.fossil(['init', repository]);
    const bundle = await bundleProgram('src/cli.ts', sandbox.directory);
    trilobite = [process.execPath, '--no-warnings', bundle];
  });
  after(() => sandbox.remove());

  const env = (): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    HOME: sandbox.directory,
    USER: 'tester',
    TZ: 'UTC',
  });

  /** Runs a program in a folder that is removed before it starts. */
  async function inRemovedFolder(...words: string[]): Promise<Ending> {
    const folder = await fs.mkdtemp(sandbox.path('gone-'));
    const child = spawn('sh', ['-c', 'cd "$0" && rmdir "$0" && exec "$@"', folder, ...words], { env: env() });
    child.stdin.end();
    const [output, complaints] = [child.stdout, child.stderr].map((stream) => textOf(stream));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, output: await (output ?? ''), complaints: await (complaints ?? '') };
  }

  it('a folder that is gone is no hindrance where all names are whole, as for fossil', async () => {
    const timeline = ['timeline', '-n', '0', '-R', repository];
    const ours = await inRemovedFolder(...trilobite, ...timeline);
    assert.deepEqual(ours, await inRemovedFolder('fossil', ...timeline));
    assert.match(ours.output, /initial empty check-in/);
    const clone = sandbox.path('clone.fossil');
    const cloned = await inRemovedFolder(...trilobite, 'clone', `file://${repository}`, clone, '--portable-writes');
    assert.equal(cloned.exitCode, 0, cloned.complaints);
    const written = await inRemovedFolder(...trilobite, 'artifact', 'tip', sandbox.path('tip'), '-R', clone);
    assert.equal(written.exitCode, 0, written.complaints);
    assert.equal(
      await fs.readFile(sandbox.path('tip'), 'utf8'),
      await sandbox.fossil(['artifact', 'tip', '-R', clone]),
    );
  });

  it('a folder that is gone is named as what is wrong where it is needed', async () => {
    for (const words of [['status'], ['init', 'new.fossil']]) {
      const { exitCode, output, complaints } = await inRemovedFolder(...trilobite, ...words);
      assert.deepEqual([exitCode, output], [1, ''], words.join(' '));
      assert.match(complaints, /^The folder that the command was started in is gone\. Change to [^\n]*\n$/);
    }
  });

  it('a terminal that is closed ends an import, which leaves nothing of what it has begun', async () => {
    const directory = await fs.mkdtemp(sandbox.path('import-'));
    const args = ['import', '--git', 'new.fossil', '--portable-writes'];
    const child = spawn(process.execPath, [...trilobite.slice(1), ...args], { cwd: directory, env: env() });
    const complaints = textOf(child.stderr);
    const closed = once(child, 'close');
    // It never ends by itself.
    child.stdin.on('error', () => undefined);
    const feed = (): void => {
      while (child.stdin.writable && child.stdin.write('progress of nothing\n'.repeat(100)));
    };
    child.stdin.on('drain', feed);
    feed();
    for await (const { filename } of fs.watch(directory)) if (filename?.endsWith('.trilobite-new') === true) break;
    child.kill('SIGHUP');
    assert.deepEqual(await closed, [1, null]);
    assert.match(await complaints, /cancelled/i);
    assert.deepEqual(await fs.readdir(directory), []);
  });

  it('a terminal that has been closed, and takes no more words, does not end a command that clears away', async () => {
    const script = `
      const terminal = require('./src/cli/process-terminal').processTerminal();
      process.emit('SIGHUP');
      process.stdout.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }));
      process.stdout.write(terminal.interrupted.aborted ? 'clears away' : 'was not told');`;
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script], { cwd: projectDirectory });
    const output = textOf(child.stdout);
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(await output, 'clears away');
  });
});

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}
