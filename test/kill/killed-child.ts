import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { bundleProgram } from '../support/bundled-program';
import type { ChildWork } from './child-work';

/** @returns the child's path, bundled */
export function bundleChild(directory: string): Promise<string> {
  return bundleProgram('test/kill/child.ts', directory);
}

export interface ChildEnding {
  /** Whether it was killed; otherwise it had ended by itself before. */
  wasKilled: boolean;
  /** How many steps it made, by phase; nothing when it was killed. */
  steps: Map<string, number>;
  /** The phase of its last step. */
  lastPhase: string;
  acknowledged: string[];
  /** Longest times of a transaction, in milliseconds: waiting for the lock, and holding it. */
  longest: { waited: number; held: number };
}

/**
 * Runs the child until it kills itself as `work` says, or to its end.
 * @param meanwhile - is given the first line that the child prints; when it has settled the child is asked to end
 * @throws Error with what the child complained of, when it failed by itself
 */
export async function runChild(
  bundle: string,
  work: ChildWork,
  meanwhile?: (line: string) => Promise<unknown>,
): Promise<ChildEnding> {
  const child = spawn(process.execPath, ['--no-warnings', bundle, JSON.stringify(work)], {
    cwd: work.home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdout.setEncoding('utf8').once('data', (text: string) => {
    const end = (): boolean => child.kill('SIGTERM');
    // A failure is for whoever gave the promise.
    void meanwhile?.(text.trim()).then(end, end);
  });
  const wasKilled = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL' || code === 0) resolve(signal === 'SIGKILL');
      else reject(new Error(`The child ended with ${String(code ?? signal)}: ${complaints}`));
    });
  });
  const ending = readDiary(await fs.readFile(work.diary, 'utf8').catch(() => ''), wasKilled);
  await fs.rm(work.diary, { force: true });
  return ending;
}

function readDiary(diary: string, wasKilled: boolean): ChildEnding {
  const ending: ChildEnding = {
    wasKilled,
    steps: new Map(),
    lastPhase: '',
    acknowledged: [],
    longest: { waited: 0, held: 0 },
  };
  for (const line of diary.split('\n').slice(0, -1)) {
    const what = line.slice(2);
    if (line.startsWith('a ')) {
      ending.acknowledged.push(what);
    } else if (line.startsWith('w ')) {
      const [waited = 0, held = 0] = what.split(' ').map(Number);
      ending.longest.waited = Math.max(ending.longest.waited, waited);
      ending.longest.held = Math.max(ending.longest.held, held);
    } else if (line.startsWith('n ')) {
      const [count = '', phase = ''] = what.split(' ');
      ending.steps.set(phase, Number(count));
    } else {
      ending.lastPhase = what;
    }
  }
  return ending;
}
