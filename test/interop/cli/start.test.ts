import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { runProgram } from '../../support/run-program';
import { projectDirectory } from '../../support/tool-cache';
import { withNativeDriver } from '../with-native-driver';
import { CommandLine } from './command-line';

withNativeDriver('the start of the command line', () => {
  let line: CommandLine;
  before(async () => {
    line = await CommandLine.create('native');
    await runProgram(process.execPath, ['esbuild.mjs', '--outdir', line.path('dist')], { cwd: projectDirectory });
  });
  after(() => line.remove());

  const help = async (home: string, variables: NodeJS.ProcessEnv = {}): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: home, ...variables };
    return runProgram(process.execPath, [line.path('dist', 'cli.js'), 'help'], { env, cwd: line.path() });
  };

  it('keeps the compiled program among the caches of the user', async () => {
    assert.match(await help(line.path('home')), /^Fossil repositories/);
    assert.notDeepEqual(await fs.readdir(line.path('home', '.cache', 'trilobite')), []);
  });

  it('keeps it where it is told to', async () => {
    await help(line.path('home'), { XDG_CACHE_HOME: line.path('caches') });
    await help(line.path('home'), { NODE_COMPILE_CACHE: line.path('compiled') });
    assert.notDeepEqual(await fs.readdir(line.path('caches', 'trilobite')), []);
    assert.notDeepEqual(await fs.readdir(line.path('compiled')), []);
  });

  it('keeps nothing where it stands: what lies there may be somebody else’s', async () => {
    const before = await fs.readdir(line.path());
    await help('', { XDG_CACHE_HOME: '' });
    await help('relative', { XDG_CACHE_HOME: 'caches-here', NODE_COMPILE_CACHE: '' });
    assert.deepEqual(await fs.readdir(line.path()), before);
  });

  it('does without where nothing can be kept', async () => {
    await fs.writeFile(line.path('file'), '');
    assert.match(await help(line.path('file')), /^Fossil repositories/);
  });
});
