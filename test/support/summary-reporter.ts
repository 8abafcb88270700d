import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';

/**
 * Mocha's `spec` reporter, which also writes what happened to the file named by the reporter option `summary` (see
 * test/support/summary.ts). The file is written at the very end of a run: no file, no result.
 */
class SummaryReporter extends Mocha.reporters.Spec {
  public constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file: unknown = (options.reporterOptions as { summary?: unknown } | undefined)?.summary;
    if (typeof file !== 'string') {
      throw new Error('The summary reporter wants the reporter option summary=FILE.');
    }
    const failures: { title: string; message: string }[] = [];
    runner.on('fail', (test: Mocha.Runnable, error: unknown) => {
      failures.push({ title: test.fullTitle(), message: describeError(error) });
    });
    runner.once('end', () => {
      const { passes, pending } = this.stats;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, JSON.stringify({ passed: passes, skipped: pending, failures }, null, 2));
    });
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// Mocha takes a reporter file whose export is the class itself.
export = SummaryReporter;
