import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { format } from 'node:util';
import type { Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { FossilProject } from '../support/fossil-project';
import { failedSummary, readSummary, type Summary } from '../support/summary';
import { projectDirectory } from '../support/tool-cache';
import { installVscodeHost, type HostName } from '../support/vscode-host';
import { startVscodeServer, type VscodeServer } from '../support/vscode-server';
import { bundleHostTests } from './bundle';

const suiteTimeout = 5 * 60_000;

/**
 * Runs the host tests in a real VS Code extension host, against the packed extension.
 *
 * @param vsix - the absolute path of the packed extension
 * @returns the summary that the suite wrote itself; failed when it wrote none
 */
export async function runHostTests(hostName: HostName, vsix: string): Promise<Summary> {
  const title = `Host tests in the ${hostName} VS Code`;
  try {
    const project = await FossilProject.start();
    try {
      return await runSuite(project, title, hostName, vsix);
    } finally {
      await project.stop();
    }
  } catch (error) {
    return failedSummary(title, error);
  }
}

async function runSuite(project: FossilProject, title: string, hostName: HostName, vsix: string): Promise<Summary> {
  const summaryFile = path.join(project.directory, 'summary.json');
  const testsPath = await bundleHostTests();
  const workspace = await project.checkOut('workspace');
  const server = await startVscodeServer({
    host: await installVscodeHost(hostName),
    vsix: [vsix],
    forTests: true,
    settings: { 'trilobite.portableWrites': 'allow' },
    env: { TRILOBITE_HOST_SUMMARY: summaryFile, TRILOBITE_HOST_PROJECT: JSON.stringify(project.facts()) },
  });
  try {
    const extensionPath = await stubExtension(project.directory);
    await runInWorkbench(server, server.url(workspace, { extensionPath, testsPath }));
  } finally {
    await server.stop();
  }
  return readSummary(summaryFile, title);
}

/** VS Code runs tests only for an extension under development; ours is to be tested as it ships, installed. */
async function stubExtension(scratch: string): Promise<string> {
  const directory = path.join(scratch, 'stub');
  await fs.mkdir(directory);
  const manifest = { name: 'stub', publisher: 'trilobite-tests', version: '0.0.0', engines: { vscode: '*' } };
  await fs.writeFile(path.join(directory, 'package.json'), JSON.stringify(manifest));
  return directory;
}

/** Opens the workbench, which starts the suite, and waits until VS Code says that it has ended. */
async function runInWorkbench(server: VscodeServer, url: string): Promise<void> {
  const log: string[] = [];
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const ended = suiteEnd(page);
    await page.exposeFunction('codeAutomationLog', (_type: string, parts: unknown[]) => log.push(format(...parts)));
    await page.goto(url);
    await ended;
  } finally {
    await browser.close();
    await keepLog(server, log);
  }
}

async function suiteEnd(page: Page): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The suite did not end in time.')), suiteTimeout);
    page.once('crash', () => reject(new Error('The page of the workbench crashed.')));
    // The code that it is called with says nothing: it is 0 when the extension host was killed, too.
    void page.exposeFunction('codeAutomationExit', () => resolve());
    page.once('close', () => clearTimeout(timer));
  });
}

/** VS Code says a lot, most of it about native modules that do not matter here; it is kept beside the results. */
async function keepLog(server: VscodeServer, log: readonly string[]): Promise<void> {
  const file = path.join(projectDirectory, 'out', 'test', `host-${server.host.name}.log`);
  await fs.writeFile(file, `${log.join('\n')}\n\nThe server:\n${server.output()}`);
}
