import { chromium, type Browser } from 'playwright-core';
import { findProgram } from './find-program';

/**
 * Starts Debian's Chromium without a window.
 *
 * @throws Error when there is none on PATH
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findProgram('chromium');
  if (executablePath === undefined) {
    throw new Error('There is no chromium on PATH. Install it: apt-get install chromium');
  }
  return chromium.launch({
    executablePath,
    // Containers run as root, without a GPU and with a small /dev/shm.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
