import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { corpusPath } from '../support/corpus';
import { startFossilServer } from '../support/fossil-server';
import { nodeBinary } from '../support/node-binary';
import { projectDirectory } from '../support/tool-cache';
import { medianOf, type Measurement, table } from './table';

const run = promisify(execFile);

const NODE = '24.21.0';
const DEFAULT_RUNS = 5;

/** One piece of work, done by us and by `fossil` in turn: whole processes, durable at their end. */
interface Contest {
  work: string;
  ours: string[];
  theirs: string[];
  /** What each makes, removed before every run. */
  makes: string[];
}

/**
 * Prints ratios against `fossil`, both sides in turn in one run, medians; `npm run bench -- 7` for seven runs.
 * Nothing passes or fails here.
 */
async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? DEFAULT_RUNS);
  const corpus = corpusPath('automerge-repo.fossil');
  if (corpus === undefined) throw new Error('The corpus is not here: set TRILOBITE_CORPUS to its directory.');
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-bench-'));
  const served = path.join(directory, 'served.fossil');
  await fs.copyFile(corpus, served);
  await fs.chmod(served, 0o644);
  const server = await startFossilServer(served);
  try {
    const trilobite = [await nodeBinary(NODE), path.join(projectDirectory, 'dist', 'cli.js')];
    const contests: Contest[] = [
      {
        work: 'clone automerge-repo',
        ours: [...trilobite, 'clone', server.url, 'ours.fossil'],
        theirs: ['fossil', 'clone', server.url, 'theirs.fossil'],
        makes: ['ours.fossil', 'theirs.fossil'],
      },
      {
        work: 'verify automerge-repo',
        ours: [...trilobite, 'verify', served],
        theirs: ['fossil', 'test-integrity', '--quiet', '-R', served],
        makes: [],
      },
    ];
    const { stdout: fossil } = await run('fossil', ['version']);
    console.log(
      `Node ${NODE} with the native driver against: ${fossil.trim()}\n${os.cpus().length} cores, ${runs} runs each\n`,
    );
    const rows: string[][] = [];
    for (const contest of contests) rows.push(await compete(contest, directory, runs));
    console.log(table(['work', 'trilobite', 'fossil', 'ratio', 'peak memory'], rows));
  } finally {
    await server.stop();
    await fs.rm(directory, { recursive: true });
  }
}

async function compete(contest: Contest, directory: string, runs: number): Promise<string[]> {
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let round = 0; round < runs; round++) {
    for (const name of contest.makes) await fs.rm(path.join(directory, name), { force: true });
    ours.push(await measure(contest.ours, directory));
    theirs.push(await measure(contest.theirs, directory));
  }
  const [mine, yours] = [medianOf(ours, 'seconds'), medianOf(theirs, 'seconds')];
  const memory = [ours, theirs].map((side) => `${Math.round(medianOf(side, 'kilobytes') / 1024)} MB`);
  return [
    contest.work,
    `${mine.toFixed(2)} s`,
    `${yours.toFixed(2)} s`,
    `${(mine / yours).toFixed(2)} ×`,
    memory.join(' / '),
  ];
}

/** Wall time of a whole process, and the most memory that it held: read from /proc as it runs. */
function measure([program = '', ...args]: string[], directory: string): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const env = { PATH: process.env['PATH'], HOME: directory, USER: 'bench' };
    const child = spawn(program, args, { cwd: directory, env, stdio: 'ignore' });
    let kilobytes = 0;
    const watch = setInterval(() => {
      void peakOf(child.pid).then((peak) => (kilobytes = Math.max(kilobytes, peak)));
    }, 20);
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ seconds: (performance.now() - start) / 1000, kilobytes });
      else reject(new Error(`${[program, ...args].join(' ')} ended with ${String(code)}`));
    });
  });
}

async function peakOf(pid: number | undefined): Promise<number> {
  const status = await fs.readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
