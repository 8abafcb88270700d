import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { measure, usageOf } from '../bench/measure';
import { FossilSandbox } from '../support/fossil-sandbox';
import { startFossilServer } from '../support/fossil-server';
import { projectDirectory } from '../support/tool-cache';

const MEGABYTE = 1_000_000;
/** Bytes of random content that are made at once. */
const PIECE = 50 * MEGABYTE;
/** On any free port; in one message comes all of it. */
const SERVED = ['--port', '0', '--max-upload', '1000000000'];
/** What DESIGN.md allows: 300 MB, and three times the largest artifact. */
const ALLOWED = 300;

/**
 * `npm run huge -- --megabytes 600 --driver native`: a file that cannot be compressed, committed by `fossil`, is cloned, verified, read, rebuilt,
 * pulled and pushed by the built command line. Prints what each step took, and fails when a byte differs.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { megabytes: { type: 'string', default: '600' }, driver: { type: 'string', default: 'auto' } },
  });
  const megabytes = Number(values.megabytes);
  const sandbox = await FossilSandbox.create();
  const command = ['env', 'TRILOBITE_LARGEST_ARTIFACT=1000', process.execPath, `${projectDirectory}/dist/cli.js`];
  const verdictOn = (kilobytes: number): string => {
    const memory = kilobytes / 1000;
    return `${memory.toFixed(0)} MB, ${memory <= ALLOWED + 3 * megabytes ? 'within' : 'MORE THAN'} what is allowed`;
  };
  const driver = ['--driver', values.driver, '--portable-writes'];
  const step = async (name: string, ...args: string[]): Promise<void> => {
    const { seconds, kilobytes } = await measure([...command, ...args, ...driver], sandbox.directory);
    console.log(`${name}: ${seconds.toFixed(1)} s, ${verdictOn(kilobytes)}`);
  };
  const same = async (file: string, original: string): Promise<void> =>
    assert.ok((await fs.readFile(sandbox.path(file))).equals(await fs.readFile(sandbox.path(original))), file);
  try {
    await fs.mkdir(sandbox.path('theirs'));
    const theirs = { cwd: sandbox.path('theirs') };
    await sandbox.fossil(['new', 'project.fossil']);
    await sandbox.fossil(['open', '../project.fossil'], theirs);
    await writeRandom(sandbox.path('theirs', 'huge.bin'), megabytes);
    await sandbox.fossil(['add', 'huge.bin'], theirs);
    await sandbox.fossil(['commit', '-m', 'huge', '--no-warnings', '--nosign'], theirs);
    const server = await startFossilServer(sandbox.path('project.fossil'));
    try {
      await step('clone', 'clone', server.url, 'clone.fossil');
      await step('verify', 'verify', '-R', 'clone.fossil');
      await step('cat', 'cat', 'huge.bin', '-R', 'clone.fossil', '-o', 'read.bin');
      await same('read.bin', 'theirs/huge.bin');
      await step('rebuild', 'rebuild', 'clone.fossil');
      await fs.copyFile(sandbox.path('clone.fossil'), sandbox.path('served.fossil'));
      await sandbox.sql(sandbox.path('served.fossil'), "UPDATE user SET cap='gio' WHERE login='nobody';");
      // Another version, of which the first becomes a delta.
      await fs.appendFile(sandbox.path('theirs', 'huge.bin'), 'and a little more\n');
      await sandbox.fossil(['commit', '-m', 'more', '--no-warnings', '--nosign'], theirs);
      await step('pull', 'pull', server.url, '-R', 'clone.fossil');
      await step('cat', 'cat', 'huge.bin', '-R', 'clone.fossil', '-o', 'read.bin');
      await same('read.bin', 'theirs/huge.bin');
    } finally {
      await server.stop();
    }
    const ours = await serving([...command, 'serve', 'served.fossil', ...SERVED, ...driver], sandbox.directory);
    try {
      await step('push', 'push', ours.url, '-R', 'clone.fossil');
      console.log(`serve: ${verdictOn(usageOf(ours.process.pid)?.kilobytes ?? Infinity)}`);
    } finally {
      ours.process.kill();
    }
    await step('cat', 'cat', 'huge.bin', '-R', 'served.fossil', '-o', 'read.bin');
    await same('read.bin', 'theirs/huge.bin');
    assert.match(await sandbox.fossil(['test-integrity', '--quiet', '-R', 'clone.fossil']), / 0 errors/);
  } finally {
    await sandbox.remove();
  }
}

/** Starts a server of ours that says where it listens. */
async function serving(
  [program = '', ...args]: readonly string[],
  directory: string,
): Promise<{ url: string; process: ChildProcess }> {
  const env = { PATH: process.env['PATH'], HOME: directory, USER: 'bench' };
  const child = spawn(program, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const piece of child.stdout) {
    const url = /http:\S+/.exec(String(piece))?.[0];
    if (url !== undefined) return { url, process: child };
  }
  throw new Error('The server has ended.');
}

async function writeRandom(file: string, megabytes: number): Promise<void> {
  for (let left = megabytes * MEGABYTE; left > 0; left -= PIECE) {
    await fs.appendFile(file, randomFillSync(new Uint8Array(Math.min(left, PIECE))));
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
