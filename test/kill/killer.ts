import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { KillMoment } from './child-work';

/** A thread that kills the process while the main thread works on: inside SQLite's COMMIT as well as between two steps. */
const thread = `
const { parentPort, workerData } = require('node:worker_threads');
const { cell, delay } = workerData;
parentPort.postMessage('ready');
Atomics.wait(cell, 0, 0);
for (let turn = 0; turn < delay; turn++) Atomics.load(cell, 0);
process.kill(process.pid, 'SIGKILL');
`;

/** @returns to be called at each step with its phase; kills at the moment, or never without one */
export async function killer(moment: KillMoment | undefined): Promise<(phase: string) => void> {
  if (moment === undefined) return () => undefined;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(thread, { eval: true, execArgv: [], workerData: { cell, delay: moment.delay } });
  worker.unref();
  await once(worker, 'message');
  let steps = 0;
  return (phase) => {
    if (phase !== moment.phase || ++steps !== moment.step) return;
    Atomics.store(cell, 0, 1);
    Atomics.notify(cell, 0);
  };
}
