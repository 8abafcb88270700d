import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as esbuild from 'esbuild';
import { projectDirectory } from '../support/tool-cache';

/**
 * Bundles the host tests into `out/test/host`, for the extension host knows neither TypeScript nor this project's folders.
 *
 * @returns the absolute path of the module that VS Code runs
 */
export async function bundleHostTests(): Promise<string> {
  const outdir = path.join(projectDirectory, 'out', 'test', 'host');
  await fs.rm(outdir, { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: projectDirectory,
    entryPoints: ['test/host/index.ts', 'test/host/suite/*.test.ts'],
    outbase: 'test/host',
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return path.join(outdir, 'index.js');
}
