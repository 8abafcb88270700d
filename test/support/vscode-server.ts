import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { createServer } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { runProgram } from './run-program';
import type { VscodeHost } from './vscode-host';

/** What a VS Code server is started with. */
export interface VscodeServerOptions {
  readonly host: VscodeHost;
  /** Packed extensions to install before the start. */
  readonly vsix?: readonly string[];
  /** VS Code settings, for the machine. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Variables that the extension host gets besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Lets an address name an extension and tests to run in it. VS Code 1.139 ignores these otherwise; with it, it shows no
   * notification toasts and so is not what a user sees.
   */
  readonly forTests?: boolean;
  /** Where the server prefers to listen; without it, or when it is taken, a free port. */
  readonly port?: number;
}

/** The tests to run in the extension host; they need `forTests`. */
export interface HostTests {
  /** The absolute path of the folder of the extension that VS Code takes to be under test. */
  readonly extensionPath: string;
  /** The absolute path of a CommonJS module that exports `run(): Promise<void>`. */
  readonly testsPath: string;
}

/** A running VS Code server with a throw-away home. */
export interface VscodeServer {
  readonly host: VscodeHost;
  /** @returns the address that opens `folder` (absolute) in the workbench; without one, an empty window */
  url(folder?: string, tests?: HostTests): string;
  /** What the server printed so far: where to look when a test fails. */
  output(): string;
  /** Ends the server with all that it started, and removes its home. */
  stop(): Promise<void>;
}

const readyLine = 'Extension host agent listening';
const startTimeout = 60_000;

/**
 * Starts a VS Code server on 127.0.0.1 and waits until it answers.
 *
 * @throws Error with what the server printed, when it ends early or is not ready within a minute
 */
export async function startVscodeServer(options: VscodeServerOptions): Promise<VscodeServer> {
  const home = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-vscode-'));
  const dataDirectory = path.join(home, 'data');
  const extensionsDirectory = path.join(home, 'extensions');
  await fs.mkdir(path.join(dataDirectory, 'Machine'), { recursive: true });
  await fs.mkdir(extensionsDirectory);
  const settings = { ...quietSettings, ...options.settings };
  await fs.writeFile(path.join(dataDirectory, 'Machine', 'settings.json'), JSON.stringify(settings, null, 2));

  const env = { ...environmentOutsideVscode(), HOME: home, ...options.env };
  const common = [
    options.host.serverMain,
    '--accept-server-license-terms',
    ...['--telemetry-level', 'off'],
    ...['--server-data-dir', dataDirectory],
    ...['--user-data-dir', dataDirectory],
    ...['--extensions-dir', extensionsDirectory],
  ];
  try {
    for (const vsix of options.vsix ?? []) {
      await runProgram(options.host.node, [...common, '--install-extension', vsix], { env });
    }
    const port = await freePort(options.port);
    const server = spawn(
      options.host.node,
      [
        ...common,
        ...['--host', '127.0.0.1', '--port', String(port)],
        '--without-connection-token',
        '--disable-workspace-trust',
        ...(options.forTests === true ? ['--enable-smoke-test-driver'] : []),
      ],
      // A group of its own, so that the extension hosts and terminals can be ended with it.
      { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const output = collectOutput(server);
    const endWithThisProcess = (): void => killGroup(server);
    process.once('exit', endWithThisProcess);
    const stop = async (): Promise<void> => {
      process.off('exit', endWithThisProcess);
      await endGroup(server);
      await fs.rm(home, { recursive: true, force: true, maxRetries: 10 });
    };
    try {
      await untilReady(server, output);
    } catch (error) {
      await stop();
      throw error;
    }
    return { host: options.host, url: (folder, tests) => address(port, folder, tests), output, stop };
  } catch (error) {
    await fs.rm(home, { recursive: true, force: true });
    throw error;
  }
}

/** What would otherwise pop up over the workbench, or ask the network. */
const quietSettings: Readonly<Record<string, unknown>> = {
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  // As on the desktop; in a browser VS Code would save by itself.
  'files.autoSave': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
};

function environmentOutsideVscode(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_') && !name.startsWith('ELECTRON_')),
  );
}

function address(port: number, folder?: string, tests?: HostTests): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  if (folder === undefined) {
    url.searchParams.set('ew', 'true');
  } else {
    url.searchParams.set('folder', folder);
  }
  if (tests !== undefined) {
    const remote = (file: string): string => `vscode-remote://127.0.0.1:${port}${file}`;
    const payload = [
      ['extensionDevelopmentPath', remote(tests.extensionPath)],
      ['extensionTestsPath', remote(tests.testsPath)],
      ['skipWelcome', 'true'],
    ];
    url.searchParams.set('payload', JSON.stringify(payload));
  }
  return url.href;
}

/** The preferred port when nothing listens there, else one that the system picks. */
async function freePort(preferred = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (preferred === 0) {
        reject(error);
      } else {
        resolve(freePort());
      }
    });
    probe.listen(preferred, '127.0.0.1', () => {
      const bound = probe.address();
      probe.close(() => {
        if (bound === null || typeof bound === 'string') {
          reject(new Error('The system gave no port on 127.0.0.1.'));
        } else {
          resolve(bound.port);
        }
      });
    });
  });
}

function collectOutput(server: ChildProcess): () => string {
  let text = '';
  const collect = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
  };
  server.stdout?.on('data', collect);
  server.stderr?.on('data', collect);
  return () => text;
}

async function untilReady(server: ChildProcess, output: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`The VS Code server ${what}.\n${output()}`));
    };
    const timer = setTimeout(() => fail('was not ready in time'), startTimeout);
    server.once('error', (error) => fail(`did not start: ${error.message}`));
    server.once('exit', (code) => fail(`ended with ${String(code)} before it was ready`));
    server.stdout?.on('data', () => {
      if (output().includes(readyLine)) {
        clearTimeout(timer);
        resolve();
      }
    });
  });
}

async function endGroup(server: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) {
      resolve();
    } else {
      server.once('exit', () => resolve());
    }
  });
  killGroup(server);
  await ended;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}
