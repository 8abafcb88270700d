import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { runProgram } from './run-program';
import { projectDirectory } from './tool-cache';

/** Where `packExtension` puts the package. */
export const packedExtension = path.join(projectDirectory, 'out', 'trilobite.vsix');

let packing: Promise<string> | undefined;

/**
 * Packs the extension as it ships, by `npm run package`, once in a process.
 *
 * @returns the absolute path of the .vsix
 */
export async function packExtension(): Promise<string> {
  packing ??= pack();
  return packing;
}

async function pack(): Promise<string> {
  await fs.mkdir(path.dirname(packedExtension), { recursive: true });
  await fs.rm(packedExtension, { force: true });
  await runProgram('npm', ['run', 'package', '--', '--out', packedExtension], { cwd: projectDirectory });
  return packedExtension;
}
