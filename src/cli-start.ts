import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import * as path from 'node:path';

// Compiling the program takes a third of the time in which a short command runs: Node 22 and later keep what they have compiled.
const directory = cacheDirectory();
if (directory !== undefined && 'enableCompileCache' in nodeModule) nodeModule.enableCompileCache(directory);
nodeModule.createRequire(__filename)('./command-line.js');

/**
 * The user's own, for what is found there is run: never one beside the files that somebody else has made. NODE_COMPILE_CACHE names another;
 * NODE_DISABLE_COMPILE_CACHE: none.
 */
function cacheDirectory({ env, platform } = process): string | undefined {
  const named = [env['NODE_COMPILE_CACHE'], env[platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME']];
  const [own, caches] = named.map((name) => (name !== undefined && path.isAbsolute(name) ? name : undefined));
  if (own !== undefined) return own;
  const home = homeDirectory();
  const under =
    platform === 'win32' ? ['AppData', 'Local'] : platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  const parent = caches ?? (home === undefined ? undefined : path.join(home, ...under));
  return parent === undefined ? undefined : path.join(parent, 'trilobite');
}

/** @returns undefined for a user who has none */
function homeDirectory(): string | undefined {
  try {
    const home = homedir();
    return path.isAbsolute(home) ? home : undefined;
  } catch {
    return undefined;
  }
}
