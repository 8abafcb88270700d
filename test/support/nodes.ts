import * as path from 'node:path';
import { nodeBinary } from './node-binary';
import { runProgram } from './run-program';
import { projectDirectory } from './tool-cache';

/**
 * The Nodes that the engine must work on besides the one that runs the tests: that of VS Code 1.101, where node:sqlite came, and a
 * current one.
 */
export const otherNodeVersions: readonly string[] = ['22.15.1', '24.21.0'];

/**
 * Runs test files with mocha on a Node of another version, which is installed from npm at its first use.
 *
 * @param specs - files relative to the project's folder
 * @param environment - variables besides those of this process
 * @returns mocha's output
 * @throws Error with mocha's output when a test fails
 */
export async function runMochaOn(
  version: string,
  specs: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const mocha = path.join(projectDirectory, 'node_modules', 'mocha', 'bin', 'mocha.js');
  return runProgram(
    await nodeBinary(version),
    [mocha, '--no-config', '--require', 'tsx/cjs', '--timeout', '120000', '--forbid-only', '--fail-zero', ...specs],
    { cwd: projectDirectory, env: { ...process.env, ...environment } },
  );
}
