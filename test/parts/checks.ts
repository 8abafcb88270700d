import * as path from 'node:path';
import { runProgram } from '../support/run-program';
import { failedSummary } from '../support/summary';
import { projectDirectory } from '../support/tool-cache';
import type { Part } from './part';

/** What can be said about the source without running it: `npm run check`, a part for each of its steps. */
export const checks: readonly Part[] = [
  check('types', 'node_modules/typescript/bin/tsc', ['--noEmit']),
  check('lint', 'node_modules/eslint/bin/eslint.js', [
    ...['--config', '.vscode/eslint.config.mjs', '--max-warnings', '0'],
    ...['src', 'test'],
  ]),
  check('format', 'node_modules/prettier/bin/prettier.cjs', ['--log-level', 'warn', '--check', '.']),
];

function check(name: string, program: string, args: readonly string[]): Part {
  return {
    name,
    run: async () => {
      try {
        await runProgram(process.execPath, [path.join(projectDirectory, program), ...args], { cwd: projectDirectory });
        return { passed: 1, skipped: 0, failures: [] };
      } catch (error) {
        return failedSummary(name, error);
      }
    },
  };
}
