import * as esbuild from 'esbuild';
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createNodeHashing } from '../../src/engine/platform/hash-node';
import type { Pool, TaskTools } from '../../src/engine/platform/pool';
import { createInlinePool } from '../../src/engine/platform/pool-inline';
import { createWorkerPool, type WorkerPoolOptions } from '../../src/engine/platform/pool-workers';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import { runProgram } from '../support/run-program';
import { projectDirectory } from '../support/tool-cache';
import { withCode } from './error-code';
import { poolConformance } from './pool';
import { labour, reverse } from './sample-tasks';

type CreateWorkerPool = (options: WorkerPoolOptions, tools: TaskTools) => Pool;

const tools = async (): Promise<TaskTools> => ({ hash: await createNodeHashing(), zlib: nodeZlib });

poolConformance('inline', async () => createInlinePool(await tools()));

describe('Worker threads', () => {
  let directory: string;
  let bundled: { createWorkerPool: CreateWorkerPool };
  const pools: Pool[] = [];

  /** The pool as it is shipped: bundled by the product's own recipe, with Piscina apart. */
  before(async () => {
    directory = fs.mkdtempSync(path.join(tmpdir(), 'trilobite-pool-'));
    const recipe = (await import(path.join(projectDirectory, 'esbuild.mjs'))) as {
      bundleOptions: (options: esbuild.BuildOptions) => esbuild.BuildOptions;
      piscinaBundle: (outdir: string) => esbuild.BuildOptions;
    };
    const bundle = (source: string, name: string): Promise<unknown> =>
      esbuild.build(recipe.bundleOptions({ entryPoints: [source], outfile: path.join(directory, name) }));
    await Promise.all([
      bundle('test/conformance/sample-worker.ts', 'compute.js'),
      bundle('src/engine/platform/pool-workers.ts', 'pool.js'),
      esbuild.build(recipe.piscinaBundle(directory)),
    ]);
    bundled = createRequire(__filename)(path.join(directory, 'pool.js')) as typeof bundled;
  });
  after(async () => {
    for (const pool of pools) await pool.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const create = async (options: Partial<WorkerPoolOptions> = {}): Promise<Pool> => {
    const pool = bundled.createWorkerPool(
      { workerFile: path.join(directory, 'compute.js'), ...options },
      await tools(),
    );
    pools.push(pool);
    return pool;
  };

  poolConformance('in workers', () => create());

  it('leave the calling thread free', async () => {
    const pool = await create({ width: 1 });
    await pool.run(reverse, Uint8Array.of(1));
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await pool.run(labour, 300);
    clearInterval(timer);
    assert.ok(turns > 5, `the thread had ${turns} turns`);
  });

  it('run side by side', async () => {
    const pool = await create({ width: 2 });
    await Promise.all([pool.run(labour, 50), pool.run(labour, 50)]);
    const [one, other] = await Promise.all([pool.run(labour, 500), pool.run(labour, 500)]);
    assert.ok(one.begin < other.end && other.begin < one.end, 'one waited for the other');
  });

  it('take over transferred buffers, in both directions', async () => {
    const pool = await create();
    const given = new Uint8Array(100_000).fill(1);
    const { reversed } = await pool.run(reverse, given, { transfer: [given.buffer] });
    assert.equal(given.length, 0);
    assert.equal(reversed.length, 100_000);
  });

  it('stop a running task when it is cancelled, and go on with the next', async () => {
    const pool = await create({ width: 1 });
    await pool.run(reverse, Uint8Array.of(1));
    const controller = new AbortController();
    const running = pool.run(labour, 60_000, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(running, withCode('cancelled'));
    assert.equal((await pool.run(reverse, Uint8Array.of(5))).reversed[0], 5);
  });

  it('are done without where none can start', async () => {
    const pool = await create({ workerFile: path.join(directory, 'nothing-there.js') });
    assert.equal((await pool.run(reverse, Uint8Array.of(5))).reversed[0], 5);
  });

  it('do not keep a process from ending', async () => {
    const script = `
      const { createWorkerPool } = require('./pool.js');
      const pool = createWorkerPool({ workerFile: ${JSON.stringify(path.join(directory, 'compute.js'))} }, {});
      pool.run({ name: 'reverse' }, Uint8Array.of(1, 2)).then(({ reversed }) => console.log(reversed.join()));
    `;
    fs.writeFileSync(path.join(directory, 'main.js'), script);
    assert.equal(await runProgram(process.execPath, [path.join(directory, 'main.js')]), '2,1\n');
  });
});

describe('Worker threads that read TypeScript by themselves', () => {
  let directory: string;
  before(() => (directory = fs.mkdtempSync(path.join(tmpdir(), 'trilobite-pool-'))));
  after(() => fs.rmSync(directory, { recursive: true, force: true }));

  poolConformance('in workers from the sources', async () => {
    const workerFile = path.join(directory, 'worker.cjs');
    const tsx = createRequire(__filename).resolve('tsx/cjs');
    const source = path.join(__dirname, 'sample-worker.ts');
    fs.writeFileSync(
      workerFile,
      `require(${JSON.stringify(tsx)});\nmodule.exports = require(${JSON.stringify(source)});\n`,
    );
    return createWorkerPool({ workerFile }, await tools());
  });
});
