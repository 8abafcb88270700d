import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { installNpmPackages } from './npm-cache';
import { installOnce } from './tool-cache';

/**
 * Brings a Node of an exact version from npm, beside the one that runs this.
 *
 * @param version - for example `24.21.0`
 * @returns the absolute path of the `node` program
 */
export async function nodeBinary(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const directory = await installOnce(path.join('nodes', version), async (partial) => {
    await installNpmPackages(partial, [`${name}@${version}`]);
    await fs.mkdir(path.join(partial, 'bin'));
    await fs.rename(path.join(partial, 'node_modules', name, 'bin', 'node'), path.join(partial, 'bin', 'node'));
    await fs.rm(path.join(partial, 'node_modules'), { recursive: true });
  });
  return path.join(directory, 'bin', 'node');
}
