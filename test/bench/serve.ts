import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { request } from 'node:http';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { corpusPath } from '../support/corpus';
import { startFossilServer } from '../support/fossil-server';
import { nodeBinary } from '../support/node-binary';
import { projectDirectory } from '../support/tool-cache';

const NODE = '24.21.0';
const RUNS = Number(process.env['RUNS'] ?? 9);
const CROWD = 50;
/** The end of a reply says where to go on. */
const TAIL = 512;

interface Cloned {
  seconds: number;
  bytes: number;
  rounds: number;
}

/**
 * How fast a server answers a full clone, ours against `fossil`'s, to a client that throws everything away; and what 50 of those at once cost
 * ours. `npm run build`, then `npx tsx test/bench/serve.ts`.
 */
async function main(): Promise<void> {
  const source = corpusPath('automerge-repo.fossil');
  if (source === undefined)
    throw new Error('The corpus is missing: TRILOBITE_CORPUS names where automerge-repo.fossil lies.');
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-bench-serve-'));
  const file = path.join(directory, 'automerge-repo.fossil');
  await fs.copyFile(source, file);
  await fs.chmod(file, 0o644);
  const theirs = await startFossilServer(file);
  const ours = await startOurs(file, directory);
  try {
    const [mine, model]: [Cloned[], Cloned[]] = [[], []];
    for (let run = 0; run < RUNS; run++) {
      mine.push(await clone(ours.url));
      model.push(await clone(theirs.url));
    }
    report('one clone, trilobite', mine);
    report('one clone, fossil', model);
    console.log(`throughput: ${(medianRate(mine) / medianRate(model)).toFixed(2)} x fossil's`);
    const begin = performance.now();
    const crowd = await Promise.all(Array.from({ length: CROWD }, () => clone(ours.url)));
    const seconds = (performance.now() - begin) / 1000;
    const wrong = crowd.filter(({ bytes }) => bytes !== mine[0]?.bytes);
    console.log(
      `${CROWD} clones at once: ${seconds.toFixed(1)} s, ${wrong.length} went wrong, most memory ${peakMegabytes(ours.child)} MB`,
    );
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    ours.child.kill();
    await theirs.stop();
    await fs.rm(directory, { recursive: true, force: true });
  }
}

async function startOurs(file: string, home: string): Promise<{ url: string; child: ChildProcess }> {
  const cli = process.env['TRILOBITE_CLI'] ?? path.join(projectDirectory, 'dist', 'cli.js');
  const child = spawn(await nodeBinary(NODE), [cli, 'serve', '--json', '--port', '0', file], {
    env: { PATH: process.env['PATH'], HOME: home, USER: 'bench' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout }))
    return { url: (JSON.parse(line) as { url: string }).url, child };
  throw new Error('The server did not start: run "npm run build" first.');
}

async function clone(url: string): Promise<Cloned> {
  const begin = performance.now();
  let [bytes, rounds] = [0, 0];
  for (let sequence = 1; sequence > 0; rounds++) {
    const reply = await ask(url, `pragma client-version 22100 20230226 192424\nclone 3 ${sequence}\n`);
    bytes += reply.bytes;
    sequence = Number(/\nclone_seqno (\d+)\n/.exec(reply.tail)?.[1] ?? Number.NaN);
    if (Number.isNaN(sequence)) throw new Error(`A reply ended with: ${reply.tail}`);
  }
  return { seconds: (performance.now() - begin) / 1000, bytes, rounds };
}

function ask(url: string, body: string): Promise<{ bytes: number; tail: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-fossil-uncompressed', 'Content-Length': body.length };
    const sent = request(url, { method: 'POST', headers, agent: false }, (reply) => {
      let bytes = 0;
      let tail = '';
      reply.on('data', (piece: Buffer) => {
        bytes += piece.length;
        tail = (tail + piece.subarray(-TAIL).toString('latin1')).slice(-TAIL);
      });
      reply.on('error', reject);
      reply.on('end', () => {
        if (bytes === Number(reply.headers['content-length'])) resolve({ bytes, tail });
        else reject(new Error(`${bytes} bytes came of ${String(reply.headers['content-length'])}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function report(what: string, runs: readonly Cloned[]): void {
  const megabytes = (runs[0]?.bytes ?? 0) / 1e6;
  console.log(
    `${what}: ${megabytes.toFixed(1)} MB in ${String(runs[0]?.rounds)} rounds, ${medianRate(runs).toFixed(0)} MB/s (median of ${runs.length})`,
  );
}

function medianRate(runs: readonly Cloned[]): number {
  const rates = runs.map(({ bytes, seconds }) => bytes / 1e6 / seconds).sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)] ?? Number.NaN;
}

function peakMegabytes(child: ChildProcess): number {
  const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
