import { context, build } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.dirname(fileURLToPath(import.meta.url));

/**
 * Piscina starts `worker.js` from its own folder, and what a task hands over is marked by a symbol that both sides must share. So Piscina
 * becomes one file, dist/worker.js, which the other bundles load: in a worker it serves, elsewhere it is the library.
 */
export const piscinaApart = {
  name: 'piscina-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^piscina$/ }, () => ({ path: './worker.js', external: true }));
  },
};

const piscinaWorker = `
  const { isMainThread } = require('node:worker_threads');
  if (!isMainThread) require('./node_modules/piscina/dist/worker.js');
  module.exports = require('./node_modules/piscina/dist/main.js');
`;

/** @returns esbuild's options for one file of the product */
export function bundleOptions({ outfile, production = false, ...rest }) {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // @napi-rs/nice is Piscina's optional native part; it does without.
    external: ['vscode', '@napi-rs/nice'],
    plugins: [piscinaApart],
    minify: production,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    outfile,
    ...rest,
  };
}

/** @returns the options of every bundle of the product */
export function bundles(outdir, production) {
  const entry = (source, name, more = {}) =>
    bundleOptions({ entryPoints: [source], outfile: path.join(outdir, name), production, ...more });
  return [
    entry('src/cli-start.ts', 'cli.js', { banner: { js: '#!/usr/bin/env node' } }),
    entry('src/cli.ts', 'command-line.js'),
    entry('src/extension.ts', 'extension.js'),
    entry('src/host/main.ts', 'engine.js'),
    entry('src/engine/compute.ts', 'compute.js'),
    piscinaBundle(outdir, production),
  ];
}

export function piscinaBundle(outdir, production) {
  return bundleOptions({
    stdin: { contents: piscinaWorker, resolveDir: root, sourcefile: 'piscina-worker.js' },
    outfile: path.join(outdir, 'worker.js'),
    production,
    plugins: [],
  });
}

/** SQLite in WebAssembly lies beside the bundles. */
export async function copyWasm(outdir) {
  await mkdir(outdir, { recursive: true });
  await copyFile(
    createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'),
    path.join(outdir, 'sql-wasm.wasm'),
  );
}

async function main() {
  const { values } = parseArgs({
    options: {
      production: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      outdir: { type: 'string', default: path.join(root, 'dist') },
    },
  });
  const outdir = path.resolve(values.outdir);
  const all = bundles(outdir, values.production);
  await copyWasm(outdir);
  if (values.watch) {
    for (const options of all) await (await context({ ...options, logLevel: 'info' })).watch();
  } else {
    await Promise.all(all.map((options) => build(options)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
