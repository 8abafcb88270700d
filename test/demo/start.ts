import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { findProgram } from '../support/find-program';
import { packExtension } from '../support/packed-extension';
import { runProgram } from '../support/run-program';
import { projectDirectory } from '../support/tool-cache';
import { installVscodeHost } from '../support/vscode-host';
import { startVscodeServer } from '../support/vscode-server';
import { makeDemo, type Demo } from './demo';

/** Where the demo prefers to listen, so that the address stays the same from one start to the next. */
const preferredPort = 8137;

/** An open editor: `closed` resolves when the user closed it, `close` closes it. */
interface Editor {
  readonly closed: Promise<unknown>;
  readonly close: () => Promise<void>;
}

/**
 * What `npm start` runs: VS Code with the extension on a demo checkout whose server runs on loopback. The installed `code` when there is one,
 * else (or with `--in-browser`) a VS Code server to open in a browser. Ends with Ctrl-C, or when that window is closed; nothing is left behind.
 */
async function main(): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve());
    }
  });
  console.log('Building the extension');
  await runProgram('npm', ['run', 'build'], { cwd: projectDirectory });
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-demo-'));
  try {
    console.log('Making the demo: a repository, its server and a checkout');
    const demo = await makeDemo(directory);
    try {
      console.log(`The demo's server: ${demo.serverUrl} (user ${demo.user}, password ${demo.password})`);
      const editor = await openEditor(demo, directory);
      await Promise.race([interrupted, editor.closed]);
      await editor.close();
    } finally {
      await demo.stop();
    }
  } finally {
    await fs.rm(directory, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function openEditor(demo: Demo, directory: string): Promise<Editor> {
  const code = process.argv.includes('--in-browser') ? undefined : await findProgram('code');
  return code === undefined ? openInServer(demo) : openInDesktop(code, demo, directory);
}

/** A desktop VS Code of its own: the user's settings and open windows stay as they are. */
function openInDesktop(code: string, demo: Demo, directory: string): Editor {
  console.log('Opening VS Code. Close its window, or press Ctrl-C here, to end the demo.');
  const window = spawn(
    code,
    [
      `--extensionDevelopmentPath=${projectDirectory}`,
      `--user-data-dir=${path.join(directory, 'vscode')}`,
      '--disable-workspace-trust',
      '--new-window',
      '--wait',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      demo.checkout,
    ],
    { stdio: 'inherit' },
  );
  const closed = once(window, 'close');
  return {
    closed,
    close: async () => {
      if (window.exitCode === null) {
        window.kill();
        await closed;
      }
    },
  };
}

async function openInServer(demo: Demo): Promise<Editor> {
  const host = await installVscodeHost('newest');
  const server = await startVscodeServer({ host, vsix: [await packExtension()], port: preferredPort });
  console.log(`\nOpen this in a browser: ${server.url(demo.checkout)}\n\nPress Ctrl-C to end the demo.`);
  return {
    closed: new Promise(() => undefined),
    close: async () => server.stop(),
  };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
