import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { FossilProject, projectFiles } from '../support/fossil-project';
import { HoldingProxy } from '../support/holding-proxy';
import { packExtension } from '../support/packed-extension';
import { installVscodeHost } from '../support/vscode-host';
import { startVscodeServer, type VscodeServer } from '../support/vscode-server';
import { themeSettings, Workbench } from './workbench';

const pendingView = 'Incoming / Outgoing';

// One story, from an empty window to the second sync: each test goes on where the one before it ended.
describe('The daily loop in the window', function () {
  this.bail(true);
  let project: FossilProject;
  let proxy: HoldingProxy;
  let server: VscodeServer;
  let browser: Browser;
  let window: Workbench;
  let checkout: string;

  before(async () => {
    project = await FossilProject.start();
    proxy = await HoldingProxy.start(project.port);
    checkout = path.join(project.directory, 'project');
    server = await startVscodeServer({
      host: await installVscodeHost('newest'),
      vsix: [process.env['TRILOBITE_VSIX'] ?? (await packExtension())],
      settings: { ...themeSettings, 'trilobite.defaultCloneDirectory': project.directory },
    });
    browser = await launchChromium();
    window = await Workbench.open(browser, server.url());
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-')}`);
    }
  });

  after(async () => {
    await browser.close();
    await server.stop();
    await proxy.stop();
    await project.stop();
  });

  it('clones from the palette, and asks again when the password is wrong', async () => {
    await window.runCommand('Fossil: Clone');
    await window.answer(/Address of the repository/, proxy.url.replace('://', '://tester@'));
    await window.answer(/Repository file to make/, `${checkout}.fossil`);
    await window.answer(/Folder for the checkout/, checkout);
    await window.answer(/Password of tester/, 'wrong');
    await window.waitForQuestion(/not accepted/);
    await window.screenshot('clone-password');
    await window.answer(/not accepted/, 'tester');
    proxy.holdAfter(20_000);
    await window.answer(/Password of tester/, project.password);
  });

  it('shows how far the clone is, with Cancel, and offers to open the result', async () => {
    await window.until('progress in bytes', async () => {
      proxy.holdAfter(2000);
      const shown = await window.notifications();
      return shown.some((text) => /Receiving: \d+ of \d+ artifacts, \d\d+ kB of \d+(?:–\d+)? kB/.test(text));
    });
    assert.deepEqual(await window.buttonsInNotification(/Cloning/), ['Cancel']);
    await window.screenshot('clone-progress');
    proxy.release();
    assert.match(await window.waitForNotification(/^Cloned/), /\d+ artifacts/);
    await window.screenshot('clone-done');
    await window.pressInNotification(/Cloned/, 'Open');
    await window.until('the new folder', async () => (await window.title()).includes('project'));
    assert.equal(await project.fossil(['changes'], checkout), '');
  });

  it('shows an edit made here, and files made elsewhere, in their groups', async () => {
    await window.sourceControl.open();
    await window.openFile('src/main.txt');
    await window.replaceTextAndSave(projectFiles['src/main.txt'].replace('line 7\n', 'line 7, edited\n'));
    await fs.rm(path.join(checkout, 'src/other.txt'));
    await fs.writeFile(path.join(checkout, 'notes.txt'), 'a note\n');
    await fs.writeFile(path.join(checkout, 'ignored.tmp'), 'ignored\n');
    const groups = await window.sourceControl.waitForGroups(
      'two changes and an extra',
      ([changes, extras]) => changes?.resources.length === 2 && extras?.resources.length === 1,
    );
    assert.deepEqual(
      groups.map(({ label, resources }) => [label, ...resources.map(({ description }) => description)]),
      [
        ['Changes', 'main.txt, Edited, src', 'other.txt, Missing, src'],
        ['Extras', 'notes.txt, Not managed by Fossil'],
      ],
    );
    assert.equal(await window.sourceControl.badge(), '2');
    await window.screenshot('changes');
  });

  it('marks the edited line in the gutter', async () => {
    await window.page.locator('.dirty-diff-glyph.dirty-diff-modified').first().waitFor();
    await window.screenshot('gutter');
  });

  it('opens the diff of a change that is clicked', async () => {
    await window.closeAllEditors();
    await window.sourceControl.resource('main.txt').click();
    await window.page.locator('.monaco-diff-editor').waitFor();
    await window.until('both sides of the diff', async () => {
      const lines = await window.page.locator('.monaco-diff-editor .view-line').allInnerTexts();
      const shown = lines.map((line) => line.replace(/\u00a0/g, ' '));
      return shown.includes('line 7') && shown.includes('line 7, edited');
    });
    await window.screenshot('diff');
    await window.closeAllEditors();
  });

  it('commits with the message box, once the missing file is back', async () => {
    // Else the commit would be sent at once, and there would be nothing to see between.
    await project.fossil(['settings', 'autosync', 'off'], checkout);
    await fs.writeFile(path.join(checkout, 'src/other.txt'), projectFiles['src/other.txt']);
    await window.sourceControl.waitForGroups(
      'one change',
      ([changes]) => changes?.label === 'Changes' && changes.resources.length === 1,
    );
    await window.sourceControl.commit('Line seven, seen from the window');
    await window.sourceControl.waitForGroups('no changes', (groups) => groups.every(({ label }) => label === 'Extras'));
    assert.equal(await project.fossil(['changes'], checkout), '');
    assert.match(
      await project.fossil(['timeline', '-n', '1'], checkout),
      /Line seven, seen from the window \(user: tester tags: trunk\)/,
    );
  });

  it('lists the check-in that a sync would send, with its file', async () => {
    const rows = await window.waitForTreeRows(pendingView, (shown) =>
      shown.some((row) => row.includes('Line seven, seen from the window')),
    );
    assert.match(rows[0] ?? '', /^Outgoing ?1 check-in/);
    await window.screenshot('outgoing');
  });

  it('sends it with the button in the title, and says what was done', async () => {
    await window.sourceControl.pressInTitle('Sync');
    // A VS Code in a browser forgets its secrets with the page, which opening the folder replaced. From here on it must not ask again.
    await window.answer(/Password of tester/, project.password);
    const result = await window.waitForNotification(/^Received/);
    assert.match(result, /^Received 0 artifacts, sent 2, .* round trips?\./);
    await window.screenshot('sync-done');
    assert.match(await project.fossil(['timeline', '-n', '1', '-R', project.served]), /Line seven/);
    await window.dismissNotifications();
  });

  it('receives a check-in of somebody else by the item in the status bar, and shows it as incoming', async () => {
    await project.commitElsewhere('Written elsewhere', { 'src/main.txt': 'theirs\n', 'src/new.txt': 'new\n' });
    await window.statusBarSync().click();
    assert.match(await window.waitForNotification(/^Received/), /^Received \d+ artifacts, sent 0/);
    const rows = await window.waitForTreeRows(pendingView, (shown) =>
      shown.some((row) => row.includes('Written elsewhere')),
    );
    assert.match(rows.find((row) => row.startsWith('Incoming')) ?? '', /^Incoming ?1 check-in/);
    // As with Git, the icon counts changes alone.
    assert.equal(await window.sourceControl.badge(), '');
    await window.screenshot('incoming');
    await window.dismissNotifications();
  });

  it('refuses an update that would need a merge, in a clear sentence', async () => {
    await fs.writeFile(path.join(checkout, 'src/main.txt'), 'mine\n');
    await window.sourceControl.waitForGroups('the edit', ([changes]) => changes?.label === 'Changes');
    await window.sourceControl.pressInTitle('Update');
    assert.match(await window.waitForNotification(/main\.txt/), /Commit, revert or move/);
    await window.screenshot('update-refused');
    assert.equal(await fs.readFile(path.join(checkout, 'src/main.txt'), 'utf8'), 'mine\n');
    await window.dismissNotifications();
  });

  it('updates once the edit is gone', async () => {
    await project.fossil(['revert', 'src/main.txt'], checkout);
    await window.sourceControl.waitForGroups('no changes', (groups) => groups.every(({ label }) => label === 'Extras'));
    await window.sourceControl.pressInTitle('Update');
    await window.waitForNotification(/Updated/);
    await window.screenshot('update-done');
    assert.equal(await fs.readFile(path.join(checkout, 'src/main.txt'), 'utf8'), 'theirs\n');
    assert.equal(await project.fossil(['changes'], checkout), '');
    await window.dismissNotifications();
  });

  it('says so when a sync leaves two leaves on one branch', async () => {
    await project.commitElsewhere('Their next step', { 'src/new.txt': 'theirs\n' });
    await fs.writeFile(path.join(checkout, 'README.md'), 'ours\n');
    await window.sourceControl.waitForGroups('the edit', ([changes]) => changes?.label === 'Changes');
    await window.sourceControl.commit('Our next step');
    await window.sourceControl.waitForGroups('no changes', (groups) => groups.every(({ label }) => label === 'Extras'));
    await window.sourceControl.pressInTitle('Sync');
    assert.match(await window.waitForNotification(/^Received/), /trunk.*(leaves|fork)|(leaves|fork).*trunk/);
    await window.screenshot('sync-fork');
    await window.dismissNotifications();
  });

  it('verifies the repository, and says that nothing is wrong', async () => {
    await window.runCommand('Fossil: Verify Repository');
    assert.match(
      await window.waitForNotification(/verified/),
      /^\d+ artifacts verified \(\d+ kB\): nothing is wrong\.$/,
    );
    await window.screenshot('verify-done');
    await window.dismissNotifications();
  });

  it('says what a verification has found, and which command mends it', async () => {
    await project.fossil(['sql', '--no-repository', `${checkout}.fossil`, 'INSERT INTO leaf VALUES(1000000);']);
    await window.runCommand('Fossil: Verify Repository');
    assert.match(
      await window.waitForNotification(/verified/),
      /: 1 problem found\. 1 row of table leaf speaks of artifacts .* "Fossil: Rebuild Repository"/,
    );
    assert.deepEqual(await window.buttonsInNotification(/verified/), ['Show Log']);
    await window.screenshot('verify-problem');
    await window.dismissNotifications();
  });

  it('rebuilds it, says so, and finds nothing wrong then', async () => {
    await window.runCommand('Fossil: Rebuild Repository');
    assert.match(await window.waitForNotification(/^Rebuilt/), /^Rebuilt from \d+ artifacts\.$/);
    await window.screenshot('rebuild-done');
    await window.dismissNotifications();
    await window.runCommand('Fossil: Verify Repository');
    assert.match(await window.waitForNotification(/verified/), /nothing is wrong\.$/);
    await window.dismissNotifications();
  });
});
