import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { projectFiles } from '../../support/fossil-project';
import { OpenedProject } from '../opened-project';

// One story: each test goes on where the one before it ended.
describe('A checkout that fossil made', () => {
  let project: OpenedProject;

  before(async () => {
    project = await OpenedProject.open();
  });

  it('is found by itself and is clean', () => {
    const { status } = project.checkout;
    assert.deepEqual(project.knownRoots, [project.root]);
    assert.equal(status?.checkin?.branch, 'trunk');
    assert.equal(status.checkin.comment, 'The first version');
    assert.equal(status.remote, project.facts.url.replace('://', '://tester@'));
    assert.deepEqual([project.changes, status.extras], [[], []]);
  });

  it('follows an edit, a missing file and a new one, and honours ignore-glob', async () => {
    await project.write('README.md', `${projectFiles['README.md']}with more\n`);
    await fs.rm(path.join(project.root, 'src/other.txt'));
    await project.write('notes.txt', 'new\n');
    await project.write('scratch.tmp', 'ignored\n');
    await project.until('two changes and an extra', ({ changes, extras }) => changes.length === 2 && extras.length > 0);
    assert.deepEqual(project.changes, ['edited README.md', 'missing src/other.txt']);
    assert.deepEqual(project.checkout.status?.extras, ['notes.txt']);
  });

  it('compares a changed file with the checked-out version, named with as many digits as the project says', async () => {
    await project.fossil(['settings', 'hash-digits', '14']);
    await project.until('the setting', ({ status }) => status?.hashDigits === 14);
    const row = project.checkout.changes.find(({ resourceUri }) => resourceUri.path.endsWith('/README.md'));
    await vscode.commands.executeCommand('trilobite.openChange', row);
    await project.untilTrue('a diff editor', () => diffInFront() !== undefined);
    const { original, modified } = diffInFront()!;
    assert.equal((await vscode.workspace.openTextDocument(original)).getText(), projectFiles['README.md']);
    assert.equal(modified.fsPath, path.join(project.root, 'README.md'));
    assert.match(
      vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? '',
      /^README\.md \([0-9a-f]{14} ↔ working file\)$/,
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('brings a missing file back', async () => {
    await project.fossil(['revert', 'src/other.txt']);
    await project.until('one change', ({ status }) => status?.changes.length === 1);
    assert.equal(await project.read('src/other.txt'), projectFiles['src/other.txt']);
  });

  it('adds an extra', async () => {
    await vscode.commands.executeCommand('trilobite.add', project.checkout.extras[0]);
    await project.until('the added file', ({ extras }) => extras.length === 0);
    assert.deepEqual(project.changes, ['added notes.txt', 'edited README.md']);
    assert.match(await project.fossil(['changes']), /^ADDED +notes\.txt$/m);
  });

  it('commits all changes with the message of the input box, and sends them, for autosync is on', async () => {
    project.checkout.inputBox!.value = 'Written in VS Code';
    await vscode.commands.executeCommand('trilobite.commit', project.root);
    await project.until('no changes', ({ status }) => status?.changes.length === 0);
    await project.until('an empty input box', ({ inputBox }) => inputBox?.value === '');
    assert.equal(await project.fossil(['changes']), '');
    assert.match(await project.fossil(['timeline', '-n', '1']), /Written in VS Code \(user: tester tags: trunk\)/);
    await project.until('nothing to send', ({ status }) => status?.outgoing === 0);
    await project.fossil(['update'], project.facts.elsewhere);
    assert.equal(await fs.readFile(path.join(project.facts.elsewhere, 'notes.txt'), 'utf8'), 'new\n');
  });

  it('pushes a check-in that autosync has left here to the stock server', async () => {
    await project.fossil(['settings', 'autosync', 'pullonly']);
    await project.write('notes.txt', 'newer\n');
    project.checkout.inputBox!.value = 'Not sent at once';
    await vscode.commands.executeCommand('trilobite.commit', project.root);
    await project.until('something to send', ({ status }) => (status?.outgoing ?? 0) > 0);
    await project.fossil(['settings', 'autosync', 'on']);
    await vscode.commands.executeCommand('trilobite.sync', project.root);
    await project.until('nothing to send', ({ status }) => status?.outgoing === 0);
    await project.fossil(['update'], project.facts.elsewhere);
    assert.equal(await fs.readFile(path.join(project.facts.elsewhere, 'notes.txt'), 'utf8'), 'newer\n');
  });

  it('sees a check-in of somebody else on the server, pulls it, and updates to it', async () => {
    const { elsewhere } = project.facts;
    await fs.writeFile(path.join(elsewhere, 'src/other.txt'), 'changed elsewhere\n');
    await project.fossil(['commit', '-m', 'From elsewhere', '--no-warnings'], elsewhere);
    await vscode.commands.executeCommand('trilobite.checkIncoming', project.root);
    const tooltips = project.checkout.statusBar.map(({ tooltip = '' }) => tooltip);
    assert.ok(
      tooltips.some((tooltip) => tooltip.endsWith('2 artifacts waiting on the server')),
      tooltips.join('\n'),
    );
    const { status } = project.checkout;
    assert.equal(status?.incoming, 0);
    await vscode.commands.executeCommand('trilobite.pull', project.root);
    await project.until('one check-in to update to', (checkout) => checkout.status?.incoming === 1);
    assert.equal(project.checkout.status?.updateTarget?.comment, 'From elsewhere');
    await vscode.commands.executeCommand('trilobite.update', project.root);
    await project.until('the new check-in', (checkout) => checkout.status?.checkin?.comment === 'From elsewhere');
    assert.equal(await project.read('src/other.txt'), 'changed elsewhere\n');
    assert.equal(await project.fossil(['changes']), '');
  });

  it('adds unversioned files under their place in the checkout, and syncs them', async () => {
    const { root } = project;
    // Not even an administrator may send unversioned files without being allowed to (y).
    await project.fossil(['user', 'capabilities', project.facts.user, 'sy', '-R', project.facts.served]);
    await vscode.commands.executeCommand('trilobite.addUnversioned', vscode.Uri.file(path.join(root, 'src/other.txt')));
    assert.equal(await project.fossil(['uv', 'list']).then((list) => /\S+$/m.exec(list)?.[0]), 'src/other.txt');
    await vscode.commands.executeCommand('trilobite.syncUnversioned', root);
    const served = ['uv', 'cat', 'src/other.txt', '-R', project.facts.served];
    assert.equal(await project.fossil(served), 'changed elsewhere\n');
  });

  it('leaves a file with local edits alone where an update would need a merge', async () => {
    const { elsewhere } = project.facts;
    await fs.writeFile(path.join(elsewhere, 'src/main.txt'), 'theirs\n');
    await project.fossil(['commit', '-m', 'A conflicting change', '--no-warnings'], elsewhere);
    await project.write('src/main.txt', 'mine\n');
    await vscode.commands.executeCommand('trilobite.pull', project.root);
    await project.until('a check-in to update to', ({ status }) => status?.incoming === 1);
    await vscode.commands.executeCommand('trilobite.update', project.root);
    await vscode.commands.executeCommand('trilobite.refresh', project.root);
    assert.equal(project.checkout.status?.checkin?.comment, 'From elsewhere');
    assert.deepEqual(project.changes, ['edited src/main.txt']);
    assert.equal(await project.read('src/main.txt'), 'mine\n');
    await project.fossil(['revert', 'src/main.txt']);
    await project.until('no changes', ({ status }) => status?.changes.length === 0);
  });
});

function diffInFront(): vscode.TabInputTextDiff | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? input : undefined;
}
