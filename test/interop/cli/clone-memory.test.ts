import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { corpusPath } from '../../support/corpus';
import { type FossilServer, startFossilServer } from '../../support/fossil-server';
import { runProgram } from '../../support/run-program';
import { projectDirectory } from '../../support/tool-cache';
import { withNativeDriver } from '../with-native-driver';
import { CommandLine } from './command-line';

/** Kilobytes that cloning automerge-repo (37,664 artifacts, 653 MB logical) may take at its peak, workers included. */
const MOST_KILOBYTES = 400 * 1024;

/** Loaded before the program: at the end of the process the peak of its memory, in kilobytes, goes to a file. */
const REPORT_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS)));
`)}`;

// The portable driver holds the whole file in memory: no bound but its size.
withNativeDriver('the memory of a large clone', function (this: Mocha.Suite) {
  this.timeout(300_000);
  let line: CommandLine;
  let server: FossilServer | undefined;
  beforeEach(async () => {
    line = await CommandLine.create('native');
  });
  afterEach(async () => {
    await server?.stop();
    await line.remove();
  });

  it('stays below 400 MB with the native driver', async function () {
    const corpus = corpusPath('automerge-repo.fossil');
    if (corpus === undefined) return this.skip();
    await fs.copyFile(corpus, line.path('served.fossil'));
    await fs.chmod(line.path('served.fossil'), 0o644);
    server = await startFossilServer(line.path('served.fossil'));
    await runProgram(process.execPath, ['esbuild.mjs', '--outdir', line.path('dist')], { cwd: projectDirectory });
    await runProgram(
      process.execPath,
      ['--import', REPORT_PEAK, line.path('dist', 'cli.js'), 'clone', server.url, line.path('clone.fossil')],
      { env: { ...process.env, HOME: line.path('home'), USER: 'alice', PEAK_MEMORY_FILE: line.path('peak') } },
    );
    const peak = Number(await fs.readFile(line.path('peak'), 'utf8'));
    assert.ok(peak > 0 && peak < MOST_KILOBYTES, `${Math.round(peak / 1024)} MB at the peak`);
  });
});
