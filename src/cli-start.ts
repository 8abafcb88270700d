import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import * as path from 'node:path';

// Compiling the program takes a third of the time in which a short command runs: Node 22 and later keep what they have compiled.
if ('enableCompileCache' in nodeModule) nodeModule.enableCompileCache(cacheDirectory());
nodeModule.createRequire(__filename)('./command-line.js');

/** The user's own, for what is found there is run. NODE_COMPILE_CACHE names another; NODE_DISABLE_COMPILE_CACHE: none. */
function cacheDirectory({ env, platform } = process): string {
  const own = env['NODE_COMPILE_CACHE'];
  if (own !== undefined && own !== '') return own;
  const home = homedir();
  const caches =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Caches')
        : (env['XDG_CACHE_HOME'] ?? path.join(home, '.cache'));
  return path.join(caches, 'trilobite');
}
