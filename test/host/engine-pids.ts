import * as fs from 'node:fs/promises';

/** @returns the process ids of the engine processes that this extension host has started, by Linux's /proc */
export async function enginePids(): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await fs.readdir('/proc')) {
    if (/^\d+$/.test(name) && (await isEngineOfThisHost(name))) {
      pids.push(Number(name));
    }
  }
  return pids;
}

async function isEngineOfThisHost(pid: string): Promise<boolean> {
  try {
    const status = await fs.readFile(`/proc/${pid}/status`, 'utf8');
    const command = await fs.readFile(`/proc/${pid}/cmdline`, 'utf8');
    return status.includes(`PPid:\t${process.pid}\n`) && command.includes('engine.js');
  } catch {
    // It ended meanwhile.
    return false;
  }
}
