import { spawn } from 'node:child_process';
import { EngineError } from '../engine/errors';
import type { Environment } from '../engine/platform/environment';
import { shellWord } from './shell-word';

const OPENERS = { posix: 'xdg-open', win32: 'start ""' } as const;

/**
 * Shows a page in the user's browser, which goes on by itself.
 * @param browser - what the setting `web-browser` says: a command line, to which the address is added; absent: the system's
 * @throws EngineError `file-access` where there is none
 */
export function openInBrowser(
  { variables, platform }: Environment,
  browser: string | undefined,
  url: string,
): Promise<void> {
  const opener = process.platform === 'darwin' ? 'open' : OPENERS[platform];
  const command = `${browser ?? opener} ${shellWord(url, platform)}`;
  const child = spawn(command, { shell: true, stdio: 'ignore', detached: true, env: variables });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new EngineError('file-access', `No browser could be started. The page is ${url}`, { cause }));
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
