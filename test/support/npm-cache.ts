import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { runProgram } from './run-program';

/**
 * Installs exact versions of npm packages into a folder, outside the project's own dependencies and without running their
 * install scripts.
 *
 * @param directory - the folder that gets `node_modules`
 * @param packages - for example `code-server@4.139.1`
 * @throws Error with npm's output, and the command to try by hand
 */
export async function installNpmPackages(directory: string, packages: readonly string[]): Promise<void> {
  await fs.writeFile(path.join(directory, 'package.json'), '{ "private": true }\n');
  await runNpm(directory, ['install', '--ignore-scripts', '--no-save', '--no-package-lock', ...packages]);
}

/**
 * Installs what the package.json in `directory` asks for at run time. Not `npm ci`: code-server's lock file is refused by it.
 *
 * @throws Error with npm's output, and the command to try by hand
 */
export async function installNpmDependencies(directory: string): Promise<void> {
  await runNpm(directory, ['install', '--ignore-scripts', '--omit=dev']);
}

async function runNpm(directory: string, args: readonly string[]): Promise<void> {
  // Variables that the surrounding `npm test` sets would make the inner npm look at the project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetByNpm(name)));
  try {
    await runProgram('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: directory, env });
  } catch (error) {
    throw new Error(`npm could not install what the tests need (is the registry reachable?).`, { cause: error });
  }
}

function isSetByNpm(name: string): boolean {
  return /^npm_(package|lifecycle)_|^npm_(command|execpath|node_execpath|config_local_prefix)$|^INIT_CWD$/.test(name);
}
