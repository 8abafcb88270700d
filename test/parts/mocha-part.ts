import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { runProgram } from '../support/run-program';
import { failedSummary, readSummary, type Summary } from '../support/summary';
import { projectDirectory } from '../support/tool-cache';
import type { Part } from './part';

/** Which tests to run with mocha, and how. */
export interface MochaPartOptions {
  readonly name: string;
  /** Glob patterns relative to the project's folder. */
  readonly specs: readonly string[];
  /** @returns the absolute path of the Node to run them on */
  readonly node: () => Promise<string>;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds that one test may take. */
  readonly timeout?: number;
}

/** Longer than any part takes on a slow machine: mocha itself ends a test that waits, but not one that never yields. */
const partTimeout = 30 * 60_000;

/** Tests that mocha runs in a process of their own; what it prints is kept in `out/test/<name>.log`. */
export function mochaPart(options: MochaPartOptions): Part {
  return { name: options.name, run: async () => runMocha(options) };
}

async function runMocha({ name, specs, node, env, timeout = 60_000 }: MochaPartOptions): Promise<Summary> {
  const results = path.join(projectDirectory, 'out', 'test');
  const summaryFile = path.join(results, `${name}.json`);
  const logFile = path.join(results, `${name}.log`);
  await fs.mkdir(results, { recursive: true });
  await fs.rm(summaryFile, { force: true });
  const args = [
    path.join(projectDirectory, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    ...['--no-config', '--require', 'tsx/cjs', '--extension', 'ts'],
    ...['--timeout', String(timeout), '--forbid-only', '--fail-zero', '--exit'],
    ...['--reporter', './test/support/summary-reporter.ts', '--reporter-option', `summary=${summaryFile}`],
    ...specs,
  ];
  try {
    const program = await node();
    await fs.writeFile(
      logFile,
      await runProgram(program, args, { cwd: projectDirectory, env: { ...process.env, ...env }, timeout: partTimeout }),
    );
  } catch (error) {
    await fs.writeFile(logFile, String(error));
    const summary = await readSummary(summaryFile, name);
    return summary.failures.length > 0 ? withOutput(summary, error) : failedSummary(name, error);
  }
  return readSummary(summaryFile, name);
}

/** A summary that mocha did not write itself says too little without what mocha printed. */
function withOutput(summary: Summary, error: unknown): Summary {
  return summary.passed + summary.failures.length === 1 &&
    summary.failures[0]?.message.startsWith('The tests ended') === true
    ? failedSummary(summary.failures[0].title, error)
    : summary;
}
