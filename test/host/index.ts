import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import Mocha from 'mocha';
import SummaryReporter from '../support/summary-reporter';

/** What VS Code calls inside its extension host: runs the bundled suites beside this file. */
export async function run(): Promise<void> {
  const summary = process.env['TRILOBITE_HOST_SUMMARY'];
  if (summary === undefined) {
    throw new Error('TRILOBITE_HOST_SUMMARY must name the file for the summary.');
  }
  const mocha = new Mocha({
    timeout: 60_000,
    forbidOnly: true,
    reporter: SummaryReporter,
    reporterOptions: { summary },
  });
  const suites = path.join(__dirname, 'suite');
  for (const name of (await fs.readdir(suites)).sort()) {
    if (name.endsWith('.test.js')) {
      mocha.addFile(path.join(suites, name));
    }
  }
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} host tests failed.`))));
  });
}
