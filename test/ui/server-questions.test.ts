import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { CertificateMaker } from '../support/certificates';
import { launchChromium } from '../support/chromium';
import { FossilProject } from '../support/fossil-project';
import { HoldingProxy } from '../support/holding-proxy';
import { packExtension } from '../support/packed-extension';
import { installVscodeHost } from '../support/vscode-host';
import { startVscodeServer } from '../support/vscode-server';
import { themeSettings, Workbench } from './workbench';

const pendingView = 'Incoming / Outgoing';
const onTheServer = /^On the Server/;

// One story: each test goes on where the one before it ended.
describe('What the window tells and asks about the server', function () {
  this.bail(true);
  let project: FossilProject;
  let proxy: HoldingProxy;
  let secured: HoldingProxy;
  const closing: (() => Promise<void>)[] = [];
  let window: Workbench;
  let checkout: string;

  before(async () => {
    project = await FossilProject.start();
    closing.push(() => project.stop());
    proxy = await HoldingProxy.start(project.port);
    closing.push(() => proxy.stop());
    const { certificate, key } = await new CertificateMaker(project.directory).selfSigned('IP:127.0.0.1');
    secured = await HoldingProxy.start(project.port, { cert: certificate, key });
    closing.push(() => secured.stop());
    checkout = await project.checkOut('work');
    await project.pointTo('work', proxy.url);
    const server = await startVscodeServer({
      host: await installVscodeHost('newest'),
      vsix: [process.env['TRILOBITE_VSIX'] ?? (await packExtension())],
      settings: themeSettings,
    });
    closing.push(() => server.stop());
    const browser = await launchChromium();
    closing.push(() => browser.close());
    window = await Workbench.open(browser, server.url(checkout));
    await window.sourceControl.open();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-')}`);
    }
  });

  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  async function logIn(): Promise<void> {
    await window.answer(/Password of tester/, 'secret');
  }

  async function serverRow(text: RegExp): Promise<string[]> {
    return window.waitForTreeRows(pendingView, (rows) => rows.some((row) => onTheServer.test(row) && text.test(row)));
  }

  /** Names of all that the repository holds. */
  async function artifacts(): Promise<string[]> {
    const listed = await project.fossil(['sql', '--readonly', 'SELECT uuid FROM blob ORDER BY uuid;'], checkout);
    return listed.trim().split('\n');
  }

  it('says that there is nothing to come, and when it has looked', async () => {
    await window.runCommand('Fossil: Check for Incoming');
    await logIn();
    const rows = await serverRow(/nothing new · \d\d:\d\d/);
    assert.equal(rows.length, 3);
    await window.screenshot('check-nothing');
  });

  it('lists what would come, with author, age, size and files, and stores nothing of it', async () => {
    const before = await artifacts();
    await project.commitElsewhere('Two files, written elsewhere', {
      'src/main.txt': 'theirs\n',
      'src/new.txt': 'new\n',
    });
    await window.pressInTreeRow(pendingView, onTheServer, 'Check for Incoming');
    const rows = await serverRow(/1 check-in · 3 artifacts/);
    await window.screenshot('check-incoming');
    assert.deepEqual(await artifacts(), before);
    assert.match(rows.at(-2) ?? '', /^Two files, written elsewhere ?tester, just now · \d+ bytes$/);
    assert.match(rows.at(-1) ?? '', /^2 files/);
  });

  it('brings with the next sync exactly that', async () => {
    await window.pressInTreeRow(pendingView, onTheServer, 'Sync');
    assert.match(await window.waitForNotification(/^Received/), /^Received 3 artifacts, sent 0/);
    // What was found holds no longer, and nobody has looked again.
    await window.waitForTreeRows(pendingView, (rows) => rows.length > 1 && !rows.some((row) => onTheServer.test(row)));
    await window.dismissNotifications();
  });

  it('has told each round of it in the log', async () => {
    await window.runCommand('Fossil: Show Log');
    await window.until('a line about a round of the sync', async () => {
      const lines = await window.page.locator('.part.panel .view-line').allInnerTexts();
      return lines.some((line) => /sync, round 1: sent/.test(line.replace(/\u00a0/g, ' ')));
    });
    await window.screenshot('log');
    await window.runCommand('View: Hide Panel');
  });

  it('shows a check that takes long, and ends it with Cancel', async () => {
    proxy.holdAfter(0);
    await window.runCommand('Fossil: Check for Incoming');
    await serverRow(/checking…/);
    await window.waitForNotification(/Checking http:/);
    await window.screenshot('check-running');
    await window.pressInNotification(/Checking/, 'Cancel');
    await window.waitForTreeRows(pendingView, (rows) => !rows.some((row) => onTheServer.test(row)));
    proxy.release();
    // Whoever cancels is not told that something failed.
    await window.until('no notification', async () => (await window.notifications()).length === 0);
  });

  it('says that the server cannot be reached', async () => {
    proxy.cutAfter(0);
    await window.runCommand('Fossil: Check for Incoming');
    await serverRow(/offline · \d\d:\d\d/);
    await window.waitForNotification(/127\.0\.0\.1/);
    await window.screenshot('check-offline');
    await window.dismissNotifications();
  });

  it('asks before it updates without the server, and leaves all as it was when the answer is no', async () => {
    await window.sourceControl.pressInTitle('Update');
    await window.waitForDialog(/Update without pulling first\?.*127\.0\.0\.1.*newest check-in that is here/s);
    assert.deepEqual(await window.buttonsInDialog(), ['Cancel', 'Update Without Pulling']);
    await window.screenshot('update-away');
    await window.pressInDialog('Cancel');
    assert.notEqual(await read('src/main.txt'), 'theirs\n');
    await window.sourceControl.pressInTitle('Update');
    await window.waitForDialog(/without pulling/);
    await window.pressInDialog('Update Without Pulling');
    await window.waitForNotification(/^Updated to/);
    assert.equal(await read('src/main.txt'), 'theirs\n');
    await window.dismissNotifications();
  });

  it('asks before it opens a repository without the server, and makes nothing when the answer is no', async () => {
    const directory = path.join(project.directory, 'opened');
    await window.runCommand('Fossil: Open Repository');
    await window.answer(/Repository file, such as/, `${checkout}.fossil`);
    await window.answer(/Folder for the checkout/, directory);
    await window.waitForDialog(/Open without pulling first\?.*127\.0\.0\.1/s);
    assert.deepEqual(await window.buttonsInDialog(), ['Cancel', 'Open Without Pulling']);
    await window.screenshot('open-away');
    await window.pressInDialog('Cancel');
    await assert.rejects(fs.access(directory));
  });

  it('asks before it commits without the server, and keeps the message when the answer is no', async () => {
    await edit('Made on the train', 'ours\n');
    await window.waitForDialog(/Commit without pulling first\?.*127\.0\.0\.1.*saved here/s);
    assert.deepEqual(await window.buttonsInDialog(), ['Cancel', 'Commit Without Pulling']);
    await window.screenshot('commit-away');
    await window.pressInDialog('Cancel');
    assert.notEqual(await project.fossil(['changes'], checkout), '');
    assert.match(await window.sourceControl.message(), /Made on the train/);
  });

  it('commits without the server, and warns that the check-in was not sent', async () => {
    await window.sourceControl.commit('Made on the train');
    await window.waitForDialog(/without pulling/);
    await window.pressInDialog('Commit Without Pulling');
    assert.match(await window.waitForNotification(/^Committed/), /saved here, but was not sent to http:/);
    await window.screenshot('commit-unsent');
    proxy.mend();
    await window.pressInNotification(/Committed/, 'Sync');
    assert.match(await window.waitForNotification(/^Received/), /sent 2/);
    await window.dismissNotifications();
  });

  it('pulls before an update', async () => {
    await project.commitElsewhere('To be pulled by an update', { 'src/new.txt': 'newer\n' });
    await window.sourceControl.pressInTitle('Update');
    await window.waitForNotification(/^Updated to/);
    assert.equal(await read('src/new.txt'), 'newer\n');
    await window.dismissNotifications();
  });

  it('tells of the fork that a commit would make, and does not commit when the answer is no', async () => {
    await project.commitElsewhere('Ahead of ours', { 'src/new.txt': 'newest\n' });
    await edit('Behind theirs', 'ours again\n');
    await window.waitForDialog(/Commit and make a fork\?/);
    assert.deepEqual(await window.buttonsInDialog(), ['Commit and Fork', 'New Branch…', 'Cancel', 'Update First']);
    await window.screenshot('commit-fork');
    await window.pressInDialog('Cancel');
    assert.doesNotMatch(await project.fossil(['timeline', '-n', '3'], checkout), /Behind theirs/);
  });

  it('forks when it is told to, and says so afterwards', async () => {
    await window.sourceControl.commit('Behind theirs');
    await window.waitForDialog(/Commit and make a fork\?/);
    await window.pressInDialog('Commit and Fork');
    assert.match(await window.waitForNotification(/^Committed/), /trunk has 2 open leaves/);
    await window.screenshot('commit-forked');
    await window.pressInNotification(/Committed/, 'Choose a Leaf…');
    await window.waitForQuestion(/Open Leaves.*trunk, checked out/s);
    await window.page.keyboard.press('Escape');
  });

  it('commits to a new branch instead', async () => {
    await project.fossil(['update', '--nosync', 'prev'], checkout);
    await edit('Beside theirs', 'ours once more\n');
    await window.waitForDialog(/Commit and make a fork\?/);
    await window.pressInDialog('New Branch…');
    await window.answer(/Name of the branch/, 'beside');
    await window.sourceControl.waitForGroups('no changes', ({ length }) => length === 0);
    assert.match(
      await project.fossil(['timeline', '-n', '1'], checkout),
      /Beside theirs \(user: tester tags: beside\)/,
    );
  });

  it('asks whether to trust a certificate that vouches for itself, and goes no further when it is not', async () => {
    await project.pointTo('work', secured.url);
    await window.sourceControl.pressInTitle('Sync');
    // Who the server is comes before who the user is.
    await window.waitForDialog(/Trust the certificate of 127\.0\.0\.1.*self-signed.*fingerprint/s);
    assert.deepEqual(await window.buttonsInDialog(), ['Always Trust', 'Trust This Once', 'Cancel', 'Copy Fingerprint']);
    await window.screenshot('certificate');
    // Enter trusts nobody.
    await window.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await window.page.keyboard.press('Enter');
    await window.until('the fingerprint to compare', async () =>
      /^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/.test(await window.clipboard()),
    );
    await window.waitForDialog(/Trust the certificate.*The fingerprint has been copied/s);
    await window.screenshot('certificate-copied');
    await window.pressInDialog('Cancel');
    await window.waitForNotification(/certificate.*self-signed/);
    await window.screenshot('certificate-refused');
    assert.equal(secured.bytes, 0);
    await window.dismissNotifications();
  });

  it('asks again in the next sync after Trust This Once, and no more after Always Trust', async () => {
    await window.sourceControl.pressInTitle('Sync');
    await window.waitForDialog(/Trust the certificate/);
    await window.pressInDialog('Trust This Once');
    await logIn();
    await window.waitForNotification(/^(Received|Nothing new)/);
    await window.dismissNotifications();
    await window.sourceControl.pressInTitle('Sync');
    await window.waitForDialog(/Trust the certificate/);
    await window.pressInDialog('Always Trust');
    await window.waitForNotification(/^(Received|Nothing new)/);
    await window.dismissNotifications();
    await window.sourceControl.pressInTitle('Sync');
    await window.waitForNotification(/^(Received|Nothing new)/);
  });

  it('syncs unversioned files, lists them, opens one and removes it when that is confirmed', async () => {
    await window.dismissNotifications();
    const file = path.join(project.directory, 'guide.md');
    await fs.writeFile(file, '# A guide\n');
    await project.fossil(['uv', 'add', file, '--as', 'docs/guide.md', '-R', project.served]);
    await window.runCommand('Fossil: Sync Unversioned Files');
    await window.waitForNotification(/^Received 1 unversioned file/);
    await window.dismissNotifications();
    await window.runCommand('Fossil: Unversioned Files...');
    await window.waitForQuestion(/Which file to open/);
    await window.screenshot('unversioned');
    await window.pressInPick('docs/guide.md', 'Remove');
    await window.waitForDialog(
      /Remove the unversioned file docs\/guide\.md\? The next sync of unversioned files removes it everywhere/,
    );
    await window.screenshot('unversioned-remove');
    await window.pressInDialog('Cancel');
    await window.waitForQuestion(/Which file to open/);
    await window.pick('docs/guide.md');
    await window.until('the file in an editor', async () => (await window.title()).startsWith('guide.md'));
    await window.screenshot('unversioned-opened');
    await window.runCommand('Fossil: Unversioned Files...');
    await window.waitForQuestion(/Which file to open/);
    await window.pressInPick('docs/guide.md', 'Remove');
    await window.waitForDialog(/Remove the unversioned file/);
    await window.pressInDialog('Remove');
    await window.waitForQuestion(/There are none here/);
    assert.equal(await project.fossil(['uv', 'list'], checkout), '');
  });

  async function read(file: string): Promise<string> {
    return fs.readFile(path.join(checkout, file), 'utf8');
  }

  /** Edits a file and commits it as the keyboard does. */
  async function edit(message: string, text: string): Promise<void> {
    await fs.writeFile(path.join(checkout, 'README.md'), text);
    await window.sourceControl.waitForGroups('the edit', ([changes]) => changes?.label === 'Changes');
    await window.sourceControl.commit(message);
  }
});
