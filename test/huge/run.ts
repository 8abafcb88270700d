import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { measure } from '../bench/measure';
import { FossilSandbox } from '../support/fossil-sandbox';
import { startFossilServer } from '../support/fossil-server';
import { projectDirectory } from '../support/tool-cache';

const MEGABYTE = 1_000_000;
/** Bytes of random content that are made at once. */
const PIECE = 50 * MEGABYTE;
/** What DESIGN.md allows: 300 MB, and three times the largest artifact. */
const ALLOWED = 300;

/**
 * `npm run huge -- --megabytes 600 --driver native`: a file that cannot be compressed, committed by `fossil`, is cloned, verified, read, rebuilt
 * and pulled by the built command line. Prints what each step took, and fails when a byte differs.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { megabytes: { type: 'string', default: '600' }, driver: { type: 'string', default: 'auto' } },
  });
  const megabytes = Number(values.megabytes);
  const sandbox = await FossilSandbox.create();
  const command = ['env', 'TRILOBITE_LARGEST_ARTIFACT=1000', process.execPath, `${projectDirectory}/dist/cli.js`];
  const step = async (name: string, ...args: string[]): Promise<void> => {
    const run = [...command, ...args, '--driver', values.driver, '--portable-writes'];
    const { seconds, kilobytes } = await measure(run, sandbox.directory);
    const memory = kilobytes / 1000;
    const verdict = memory <= ALLOWED + 3 * megabytes ? 'within' : 'MORE THAN';
    console.log(`${name}: ${seconds.toFixed(1)} s, ${memory.toFixed(0)} MB, ${verdict} what is allowed`);
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
      // Another version, of which the first becomes a delta.
      await fs.appendFile(sandbox.path('theirs', 'huge.bin'), 'and a little more\n');
      await sandbox.fossil(['commit', '-m', 'more', '--no-warnings', '--nosign'], theirs);
      await step('pull', 'pull', server.url, '-R', 'clone.fossil');
      await step('cat', 'cat', 'huge.bin', '-R', 'clone.fossil', '-o', 'read.bin');
      await same('read.bin', 'theirs/huge.bin');
    } finally {
      await server.stop();
    }
    assert.match(await sandbox.fossil(['test-integrity', '--quiet', '-R', 'clone.fossil']), / 0 errors/);
  } finally {
    await sandbox.remove();
  }
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
