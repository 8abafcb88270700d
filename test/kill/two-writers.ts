import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { FossilSandbox } from '../support/fossil-sandbox';
import { bundleChild, runChild } from './killed-child';

export interface TwoWritersReport {
  /** Of our transactions, in milliseconds: the longest wait for the lock, and the longest time that it was held and fossil had to wait. */
  waited: number;
  held: number;
  /** The longest `fossil commit` as a whole, process start included, in milliseconds. */
  longestFossilCommit: number;
}

/**
 * Lets our engine and `fossil commit` commit at the same time, each in its checkout and on its branch of one repository.
 * @throws Error when either of them fails, or something is lost
 */
export async function letTwoWrite(commits: number): Promise<TwoWritersReport> {
  const sandbox = await FossilSandbox.create();
  try {
    const repository = sandbox.path('shared.fossil');
    await sandbox.fossil(['new', repository]);
    await sandbox.fossil(['settings', 'autosync', 'off', '--global']);
    const [ours, theirs] = [sandbox.path('ours'), sandbox.path('theirs')];
    for (const root of [ours, theirs]) {
      await fs.mkdir(root);
      await sandbox.fossil(['open', repository], { cwd: root });
      await fs.writeFile(`${root}/file.txt`, 'first\n');
      await sandbox.fossil(['add', 'file.txt'], { cwd: root });
    }
    await sandbox.fossil(['commit', '-m', 'their branch', '--branch', 'theirs'], { cwd: theirs });
    const bundle = await bundleChild(sandbox.directory);
    const [child, longestFossilCommit] = await Promise.all([
      runChild(bundle, {
        ...{ kind: 'commit', driver: 'native', home: sandbox.directory, diary: sandbox.path('diary') },
        ...{ root: ours, commits, label: 'ours', measures: true },
      }),
      commitWithFossil(sandbox, theirs, commits),
    ]);
    assert.equal(child.acknowledged.length, commits);
    await nothingIsLost(sandbox, repository, [ours, theirs], commits);
    return { ...child.longest, longestFossilCommit };
  } finally {
    await sandbox.remove();
  }
}

async function commitWithFossil(sandbox: FossilSandbox, root: string, commits: number): Promise<number> {
  let longest = 0;
  for (let number = 1; number <= commits; number++) {
    await fs.appendFile(`${root}/file.txt`, `theirs ${number}\n`);
    const begin = performance.now();
    await sandbox.fossil(['commit', '-m', `fossil ${number}`, '--no-warnings'], { cwd: root });
    longest = Math.max(longest, performance.now() - begin);
  }
  return longest;
}

async function nothingIsLost(
  sandbox: FossilSandbox,
  repository: string,
  roots: readonly string[],
  commits: number,
): Promise<void> {
  const count = (comment: string): Promise<string[]> =>
    sandbox.sql(repository, `SELECT count(*) FROM event WHERE comment GLOB '${comment} *';`);
  assert.deepEqual(await count('commit'), [String(commits)]);
  assert.deepEqual(await count('fossil'), [String(commits)]);
  for (const root of roots) {
    assert.equal(await sandbox.fossil(['changes'], { cwd: root }), '');
    assert.equal((await fs.readFile(`${root}/file.txt`, 'utf8')).split('\n').length, commits + 2);
  }
  const report = await sandbox.fossil(['test-integrity', '--quiet', '-R', repository]);
  assert.match(report, / 0 errors\s+low-level database integrity-check: ok/);
}
