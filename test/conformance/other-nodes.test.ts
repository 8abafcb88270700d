import * as fs from 'node:fs';
import * as path from 'node:path';
import { otherNodeVersions, runMochaOn } from '../support/nodes';
import { projectDirectory } from '../support/tool-cache';

/** The same suites with other Nodes: only those have node:sqlite when the tests themselves run on Node 20. */
describe('Conformance on other Nodes', () => {
  const folder = path.join('test', 'conformance');
  const suites = fs
    .readdirSync(path.join(projectDirectory, folder))
    .filter((name) => name.endsWith('.test.ts') && name !== path.basename(__filename))
    .map((name) => path.join(folder, name));

  for (const version of otherNodeVersions) {
    it(`holds on Node ${version}`, async function () {
      // Includes bringing that Node from npm.
      this.timeout(600_000);
      await runMochaOn(version, suites);
    });
  }
});
