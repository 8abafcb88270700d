import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { projectDirectory } from '../support/tool-cache';
import { Workbench } from './workbench';

describe('npm start', () => {
  let demo: ChildProcess;
  let browser: Browser;
  let output = '';

  before(async () => {
    // Not by tsx's own command: on a busy machine that gives up before a signal has been answered.
    const args = ['--import', 'tsx', 'test/demo/start.ts', '--in-browser'];
    demo = spawn(process.execPath, args, { cwd: projectDirectory });
    demo.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    demo.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    browser = await launchChromium();
  });

  after(async () => {
    await browser.close();
    demo.kill('SIGKILL');
  });

  it('opens a checkout with changes, whose server answers a sync, without fossil', async () => {
    const window = await Workbench.open(browser, await address());
    await window.sourceControl.open();
    const groups = await window.sourceControl.waitForGroups('both groups', ({ length }) => length === 2);
    assert.deepEqual(
      groups.map(({ label, resources }) => [label, ...resources.map(({ description }) => description)]),
      [
        ['Changes', 'periods.json, Missing', 'README.md, Edited'],
        ['Extras', 'asaphus.md, Not managed by Fossil, catalogue'],
      ],
    );
    await window.sourceControl.pressInTitle('Sync');
    assert.match(await window.waitForNotification(/^Received/), /^Received 2 artifacts, sent 0/);
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    const directory = path.dirname(new URL(await address()).searchParams.get('folder')!);
    const ended = once(demo, 'exit');
    demo.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    await assert.rejects(fs.access(directory));
    await assert.rejects(fetch(await address()));
  });

  /** What it prints when it is ready. */
  async function address(): Promise<string> {
    for (;;) {
      const found = /Open this in a browser: (\S+)/.exec(output)?.[1];
      if (found !== undefined) {
        return found;
      }
      assert.equal(demo.exitCode, null, output);
      await Promise.race([once(demo.stdout!, 'data'), once(demo, 'exit')]);
    }
  }
});
