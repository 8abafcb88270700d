import { Worker } from 'node:worker_threads';

/**
 * Kills this process when its parent has gone and it has not left by itself, even while its main thread is inside SQLite (a lock
 * held by another process is waited for up to 15 seconds) and hears no `disconnect`. A transaction that is cut off is rolled back
 * by whoever opens the database next.
 *
 * @param grace - milliseconds between the parent's end and ours
 */
export function watchParent(grace: number): void {
  const worker = new Worker(guard, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, grace },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  worker.unref();
}

/** Text, because a function's source would name what compilers add to it. */
const guard = `
const { parent, grace } = require('node:worker_threads').workerData;
function isOrphan() {
  if (process.ppid !== parent) return true;
  try {
    process.kill(parent, 0);
    return false;
  } catch {
    return true;
  }
}
const watch = setInterval(() => {
  if (!isOrphan()) return;
  clearInterval(watch);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), grace);
}, 150);
`;
