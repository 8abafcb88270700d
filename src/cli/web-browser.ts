import { spawn } from 'node:child_process';
import { EngineError } from '../engine/errors';
import type { Environment } from '../engine/platform/environment';
import { shellWord } from './shell-word';

const OPENERS = { posix: 'xdg-open', win32: 'start ""' } as const;

/** A program that has not failed by then, in milliseconds, is showing the page. */
const PATIENCE = 1500;

/**
 * Shows a page in the user's browser, which goes on by itself.
 * @param browser - what the setting `web-browser` says: a command line, to which the address is added; absent: the system's
 * @throws EngineError `file-access` with the address where there is none, or it fails at once
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
    const timer = setTimeout(() => {
      child.unref();
      resolve();
    }, PATIENCE);
    const fail = (cause?: Error): void => {
      clearTimeout(timer);
      reject(new EngineError('file-access', `No browser could be started. The page is ${url}`, { cause }));
    };
    child.once('error', fail);
    // The shell is always there; that the browser is not shows in how it ends.
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else fail();
    });
  });
}
