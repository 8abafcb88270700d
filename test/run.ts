import { checks } from './parts/checks';
import { engineParts } from './parts/engine-parts';
import type { Part } from './parts/part';
import { windowParts } from './parts/window-parts';
import { ensureDebianPackages } from './support/debian-packages';
import { runProgram } from './support/run-program';
import { failedSummary, type Summary } from './support/summary';
import { projectDirectory } from './support/tool-cache';

/**
 * What `npm test` runs: everything but the benchmarks. `npm test -- unit host-newest` runs the parts of these names or groups. The last line
 * is `N passed, N failed`, with `, N skipped` when there are any; the exit code is 0 when nothing failed and every part ran a test.
 */
async function main(wanted: readonly string[]): Promise<void> {
  // Those first that take long, so that the lanes end together.
  const all = [...checks, ...windowParts(), ...engineParts()];
  const parts = all.filter((part) => wanted.length === 0 || wanted.some((name) => isCalled(part, name)));
  const unknown = wanted.filter((name) => !parts.some((part) => isCalled(part, name)));
  if (unknown.length > 0) {
    const names = all.map(({ name }) => name);
    throw new Error(`There is no part ${unknown.join(', ')}. The parts are: ${names.join(', ')}.`);
  }
  const summaries = [...(await prepare()), ...(await runParts(parts, 2))];
  const failed = sum(summaries, ({ failures }) => failures.length);
  const skipped = sum(summaries, (summary) => summary.skipped);
  console.log(
    `${sum(summaries, ({ passed }) => passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Installs what the tests need and builds what they test; what fails here is reported, and the rest still tells what it can. */
async function prepare(): Promise<Summary[]> {
  const steps: readonly Part[] = [
    step('tools', ensureDebianPackages),
    step('build', async () => runProgram('npm', ['run', 'build'], { cwd: projectDirectory })),
  ];
  return (await runParts(steps, 1)).filter(({ failures }) => failures.length > 0);
}

function step(name: string, work: () => Promise<unknown>): Part {
  return {
    name,
    run: async () => {
      try {
        await work();
        return { passed: 0, skipped: 0, failures: [] };
      } catch (error) {
        return failedSummary(name, error);
      }
    },
  };
}

function isCalled(part: Part, name: string): boolean {
  return part.name === name || part.name.startsWith(`${name}-`);
}

/**
 * Runs parts, `lanes` at a time but of those that open windows one, and reports each as it ends.
 * @returns their summaries, in the order in which they ended
 */
async function runParts(parts: readonly Part[], lanes: number): Promise<Summary[]> {
  const summaries: Summary[] = [];
  const waiting = [...parts];
  let hasWindow = false;
  const run = async (part: Part): Promise<void> => {
    const start = Date.now();
    const summary = await part.run();
    summaries.push(summary);
    report(part.name, summary, Date.now() - start);
  };
  const lane = async (): Promise<void> => {
    for (;;) {
      const index = waiting.findIndex(({ opensWindows }) => opensWindows !== true || !hasWindow);
      const [part] = index < 0 ? [] : waiting.splice(index, 1);
      if (part === undefined) return;
      if (part.opensWindows === true) hasWindow = true;
      await run(part);
      if (part.opensWindows === true) hasWindow = false;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return summaries;
}

function report(name: string, { passed, skipped, failures }: Summary, milliseconds: number): void {
  const counts = [
    ...(passed > 0 || skipped > 0 ? [`${passed} passed`] : []),
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  console.log(`${name.padEnd(20)} ${counts.join(', ') || 'done'} (${(milliseconds / 1000).toFixed(1)} s)`);
  for (const { title, message } of failures) {
    console.log(`\n  FAILED in ${name}: ${title}\n${shortened(message)}\n`);
  }
}

/** Enough of a message to see what is wrong; the rest is in the part's log. */
function shortened(message: string): string {
  const lines = message.split('\n').map((line) => `    ${line.slice(0, 300)}`);
  return lines.length > 40 ? [...lines.slice(0, 40), '    (more in out/test)'].join('\n') : lines.join('\n');
}

function sum(summaries: readonly Summary[], count: (summary: Summary) => number): number {
  return summaries.reduce((total, summary) => total + count(summary), 0);
}

// Leaving by `exit` lets the servers be ended, too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
