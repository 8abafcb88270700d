import assert from 'node:assert/strict';
import type { WorkspaceStatus } from '../../../src/engine/operations/status';
import { branchText, syncText } from '../../../src/vscode/scm/status-bar-text';
import { english } from './english';

const status: WorkspaceStatus = {
  root: '/work',
  repository: '/project.fossil',
  projectName: 'Project',
  checkin: { hash: '0123456789abcdef', comment: 'Fix it\n\nAt last', user: 'ann', time: 0, branch: 'trunk' },
  changes: [],
  extras: ['notes.txt'],
  merges: [],
  remote: 'http://host/',
  outgoing: 0,
  incoming: 0,
  arrivals: 0,
  updateTarget: undefined,
  hashDigits: 12,
};
const idle = { isSyncing: false, failure: undefined };

describe('the status bar', () => {
  it('shows the branch, with a star when there are changes', () => {
    assert.equal(branchText(status, 0, english).text, '$(git-branch) trunk');
    const changed = { ...status, changes: [{ path: 'a', kind: 'edited' as const }] };
    assert.equal(branchText(changed, 0, english).text, '$(git-branch) trunk*');
  });

  it('tells which check-in that is, with the first line of its comment', () => {
    const { tooltip } = branchText(status, 3_600_000, english);
    assert.match(tooltip, /^Check-in 0123456789ab on trunk by ann, 1 hour ago: Fix it\n/);
    assert.doesNotMatch(tooltip, /At last/);
  });

  it('says that a new repository has no check-in', () => {
    assert.equal(branchText({ ...status, checkin: undefined }, 0, english).text, '$(git-branch) no check-in yet');
  });

  it('counts what comes and goes, and nothing when there is nothing', () => {
    assert.equal(syncText(status, idle, english).text, '$(sync)');
    assert.equal(syncText({ ...status, incoming: 2, outgoing: 3 }, idle, english).text, '$(sync) 2↓ 3↑');
  });

  it('says what the counts are of, one of a kind without a plural', () => {
    assert.match(
      syncText({ ...status, incoming: 1, outgoing: 2 }, idle, english).tooltip,
      /\n1 check-in to update to, 2 artifacts to send$/,
    );
  });

  it('says what a check has found on the server', () => {
    const { text, tooltip } = syncText(status, { ...idle, waiting: 3 }, english);
    assert.equal(text, '$(sync)');
    assert.match(tooltip, /, 0 artifacts to send, 3 artifacts waiting on the server$/);
  });

  it('spins while a sync runs, also after one that failed', () => {
    const text = syncText({ ...status, outgoing: 1 }, { isSyncing: true, failure: 'No.' }, english).text;
    assert.equal(text, '$(sync~spin) 0↓ 1↑');
  });

  it('warns after a failure and says why', () => {
    const { text, tooltip } = syncText(status, { isSyncing: false, failure: 'There is no host.' }, english);
    assert.equal(text, '$(warning)');
    assert.match(tooltip, /There is no host\./);
  });

  it('offers a first sync where there is no remote', () => {
    assert.match(syncText({ ...status, remote: undefined }, idle, english).text, /cloud-upload/);
  });
});
