import type { FossilFixture } from '../checkout/fossil-fixture';

/** Lets `fossil` make a history with everything that check-ins and control artifacts can say about each other. @returns the checkout */
export async function makeHistory(fixture: FossilFixture): Promise<string> {
  const root = await fixture.fossilOpen('history');
  const fossil = (...args: string[]): Promise<string> => fixture.fossil(root, ...args);
  const commit = (comment: string, files: Record<string, string>, ...args: string[]): Promise<void> =>
    fixture.fossilCommit(root, comment, files, ...args);

  await commit('files', { 'a.txt': lines(1, 60), 'dir/b.txt': lines(100, 160), 'c c.txt': 'with a space\n' });
  await commit('edit a', { 'a.txt': `${lines(1, 60)}more\n` });
  await fossil('mv', '--hard', 'dir/b.txt', 'dir/renamed.txt');
  await commit('rename b', {});
  await commit('start a branch', { 'branch.txt': lines(200, 260) }, '--branch', 'feature', '--bgcolor', '#ffeeee');
  await commit('on the branch', { 'a.txt': `${lines(1, 60)}from the branch\n` });
  const branchTip = await hashOf(fixture, root, 'current');
  await fossil('update', 'trunk');
  await commit('on trunk', { 'trunk.txt': 'trunk\n', 'dir/renamed.txt': `${lines(100, 160)}end\n` });
  await fossil('merge', '--cherrypick', branchTip).catch(() => '');
  await fixture.write(root, { 'a.txt': `${lines(1, 60)}picked\n` });
  await commit('cherry-pick', {});
  await fossil('merge', 'feature').catch(() => '');
  await fixture.write(root, { 'a.txt': `${lines(1, 60)}merged\n` });
  await commit('merge', {});
  await fossil('rm', '--hard', 'c c.txt');
  await commit('remove a file', {}, '--tag', 'release-1');
  const tip = await hashOf(fixture, root, 'current');
  await fossil('tag', 'add', 'v1', tip);
  await fossil('tag', 'add', '--propagate', 'campaign', branchTip, 'with a "value"');
  await fossil('tag', 'cancel', 'release-1', tip);
  await fossil('amend', branchTip, '-m', 'an edited comment', '--author', 'bob', '--date', '2020-01-02 03:04:05');
  await fossil('amend', tip, '--bgcolor', '#aabbcc');
  await fossil('amend', branchTip, '--close');
  await commit('last', { 'last.txt': 'last\n' });
  await fossil('branch', 'new', 'side', 'trunk', '--bgcolor', '#00ff00');
  return root;
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index} of a file that is long enough\n`).join(
    '',
  );
}

/** @returns the first 40 digits of a version, which is what `fossil info` tells of it */
export async function hashOf(fixture: FossilFixture, root: string, version: string): Promise<string> {
  const info = await fixture.fossil(root, 'info', version);
  const hash = /^(?:hash|checkout|uuid):\s+([0-9a-f]{40,64})/m.exec(info)?.[1];
  if (hash === undefined) throw new Error(`fossil info ${version} names no hash: ${info}`);
  return hash;
}
