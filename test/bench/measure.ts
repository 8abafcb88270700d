import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a process took, from its start to its end. */
export interface Measurement {
  seconds: number;
  /** Of processor, in all threads. */
  processorSeconds: number;
  /** The most memory that was resident. */
  kilobytes: number;
  /** The end of what it printed. */
  output: string;
}

export type Figure = Exclude<keyof Measurement, 'output'>;

/** Linux counts processor time in hundredths. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MILLISECONDS = 10;
const OUTPUT_LENGTH = 2000;

/** Runs a whole process; memory and processor time are read from /proc as it runs. @throws Error when it fails */
export function measure([program = '', ...args]: readonly string[], directory: string): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory, USER: 'bench' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    child.stdout.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-OUTPUT_LENGTH)));
    child.stderr.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-OUTPUT_LENGTH)));
    let last = { processorSeconds: 0, kilobytes: 0 };
    const watch = setInterval(() => (last = usageOf(child.pid) ?? last), SAMPLE_MILLISECONDS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ seconds: (performance.now() - start) / 1000, ...last, output });
      else reject(new Error(`${[program, ...args].join(' ')} ended with ${String(code)}: ${complaints}`));
    });
  });
}

/** What a process has taken so far. @returns undefined when it is gone */
export function usageOf(pid: number | undefined): { processorSeconds: number; kilobytes: number } | undefined {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    // Behind the name of the program, which may hold anything: the 12th and 13th are user and system time.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
    return Number.isNaN(kilobytes)
      ? undefined
      : { processorSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, kilobytes };
  } catch {
    return undefined;
  }
}

export function medianOf(measurements: readonly Pick<Measurement, Figure>[], figure: Figure): number {
  const sorted = measurements.map((measurement) => measurement[figure]).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 0 ? (below + above) / 2 : above;
}
