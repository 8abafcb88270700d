import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { corpusPath } from '../support/corpus';
import { startFossilServer, type FossilServer } from '../support/fossil-server';
import { nodeBinary } from '../support/node-binary';
import { projectDirectory } from '../support/tool-cache';
import { COLUMNS, compete } from './contest';
import { contestsOf, type Subject } from './contests';
import { shapeOfScale } from './large-history';
import { largeRepository } from './large-repository';
import { benchOptions, type BenchOptions } from './options';
import { syncRows } from './sync-contests';
import { table } from './table';

const run = promisify(execFile);

const NODE = '24.21.0';
/** All estimates together. */
const LONGEST_ESTIMATES_MS = 600_000;

/** Prints ratios against `fossil`, both sides in turn in one run, medians. Nothing passes or fails here. */
async function main(): Promise<void> {
  const options = benchOptions(process.argv.slice(2));
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-bench-'));
  const servers: FossilServer[] = [];
  try {
    if (options.only.includes('estimate')) {
      // The portable driver of an older Node writes the whole file after every slice.
      const program = path.join(projectDirectory, 'test', 'bench', 'estimate.ts');
      const args = ['--import', 'tsx', program, ...options.only];
      await shown(await nodeBinary(NODE), args, LONGEST_ESTIMATES_MS);
      return;
    }
    if (options.only.includes('sync')) {
      await printSyncs(directory, options);
      return;
    }
    const subjects: Subject[] = [];
    for (const [name, original] of await originals(options)) {
      const file = path.join(directory, `${name}.fossil`);
      await fs.copyFile(original, file);
      await fs.chmod(file, 0o644);
      const server = await startFossilServer(file);
      servers.push(server);
      subjects.push({ name, file, url: server.url });
    }
    const contests = contestsOf(subjects, await nodeBinary(NODE), path.join(projectDirectory, 'dist', 'cli.js'));
    const wanted = contests.filter(({ title }) => options.only.every((word) => title.includes(word)));
    const { stdout: fossil } = await run('fossil', ['version']);
    console.log(`Node ${NODE} against: ${fossil.trim()}`);
    console.log(`${os.cpus().length} cores, ${options.runs} runs each, scale ${options.scale}; ours / theirs\n`);
    const rows: string[][] = [];
    for (const contest of wanted) {
      process.stderr.write(`${contest.title} …\n`);
      rows.push(await compete(contest, directory, options.runs));
    }
    console.log(table(COLUMNS, rows));
  } finally {
    for (const server of servers) await server.stop();
    await fs.rm(directory, { recursive: true });
  }
}

/** Runs a program whose output is shown as it comes. @param timeout - milliseconds. @throws Error when it fails */
async function shown(program: string, args: readonly string[], timeout: number): Promise<void> {
  const child = spawn(program, args, { stdio: 'inherit', timeout });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code === null ? 'a signal' : code}`);
}

async function printSyncs(directory: string, { only, runs }: BenchOptions): Promise<void> {
  const [node, bundles] = [
    await nodeBinary(NODE),
    process.env['TRILOBITE_BUNDLES'] ?? path.join(projectDirectory, 'dist'),
  ];
  const bench = { directory, source: automerge(), node, bundles, runs };
  console.log(table(COLUMNS, await syncRows(bench, (title) => only.every((word) => title.includes(word)))));
}

function automerge(): string {
  const corpus = corpusPath('automerge-repo.fossil');
  if (corpus === undefined) throw new Error('The corpus is not here: set TRILOBITE_CORPUS to its directory.');
  return corpus;
}

/** The files that the wanted rows are about. */
async function originals({ only, scale, seed }: BenchOptions): Promise<[Subject['name'], string][]> {
  const files: [Subject['name'], string][] = [];
  if (!only.includes('large')) files.push(['automerge', automerge()]);
  if (!only.includes('automerge')) files.push(['large', await largeRepository(shapeOfScale(scale, seed))]);
  return files;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
