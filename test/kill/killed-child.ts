import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as esbuild from 'esbuild';
import { projectDirectory } from '../support/tool-cache';
import type { ChildWork } from './child-work';

/** Bundles the child, which starts in a tenth of the time then. @returns the bundle's path */
export async function bundleChild(directory: string): Promise<string> {
  const outfile = path.join(directory, 'child.js');
  await esbuild.build({
    absWorkingDir: projectDirectory,
    entryPoints: ['test/kill/child.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['@napi-rs/nice'],
    logLevel: 'warning',
  });
  const wasm = createRequire(__filename).resolve('sql.js/dist/sql-wasm.wasm');
  await fs.copyFile(wasm, path.join(directory, 'sql-wasm.wasm'));
  return outfile;
}

export interface ChildEnding {
  /** Whether it was killed; otherwise it had ended by itself before. */
  wasKilled: boolean;
  /** How many steps it said to have made, by phase. */
  steps: Map<string, number>;
  /** The phase of its last step. */
  lastPhase: string;
  acknowledged: string[];
  /** Longest times of a transaction, in milliseconds: waiting for the lock, and holding it. */
  longest: { waited: number; held: number };
}

/**
 * Runs the child until it is killed as `work` says, or by this process when `until` has settled, or to its end.
 * @param options.until - is given the first line that the child prints
 * @throws Error with what the child complained of, when it failed by itself
 */
export async function runChild(
  bundle: string,
  work: ChildWork,
  options: { until?: (line: string) => Promise<unknown> } = {},
): Promise<ChildEnding> {
  const child = spawn(process.execPath, ['--no-warnings', bundle, JSON.stringify(work)], {
    cwd: work.home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdout.setEncoding('utf8').once('data', (text: string) => {
    const end = (): boolean => child.kill('SIGKILL');
    // A failure is for whoever gave the promise.
    void options.until?.(text.trim()).then(end, end);
  });
  const wasKilled = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL' || code === 0) resolve(signal === 'SIGKILL');
      else reject(new Error(`The child ended with ${String(code)}: ${complaints}`));
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
    } else {
      ending.steps.set(what, (ending.steps.get(what) ?? 0) + 1);
      ending.lastPhase = what;
    }
  }
  return ending;
}
