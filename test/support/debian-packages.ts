import * as fs from 'node:fs';
import { findProgram } from './find-program';
import { runProgram } from './run-program';

/** A Debian package, and the file whose presence shows that nothing needs to be installed. */
interface NeededPackage {
  readonly name: string;
  readonly provides: { readonly program: string } | { readonly file: string };
}

const needed: readonly NeededPackage[] = [
  { name: 'fossil', provides: { program: 'fossil' } },
  { name: 'git', provides: { program: 'git' } },
  { name: 'chromium', provides: { program: 'chromium' } },
  { name: 'ripgrep', provides: { program: 'rg' } },
  { name: 'fonts-dejavu-core', provides: { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' } },
];

/**
 * Installs the Debian packages that the tests need and this machine lacks.
 *
 * @throws Error that names the command to run, when this process may not install packages or apt-get fails
 */
export async function ensureDebianPackages(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) {
    return;
  }
  const update = ['update'];
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  const byHand = `Run this, then try again: sudo sh -c "apt-get update && apt-get ${install.join(' ')}"`;
  if (process.getuid?.() !== 0) {
    throw new Error(`The tests need ${missing.join(', ')}, and only root may install packages. ${byHand}`);
  }
  console.log(`Installing ${missing.join(', ')} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runProgram('apt-get', update, { env });
    await runProgram('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...install], { env });
  } catch (error) {
    throw new Error(`apt-get could not install ${missing.join(', ')}. ${byHand}`, { cause: error });
  }
  const stillMissing = await missingPackages();
  if (stillMissing.length > 0) {
    throw new Error(`After apt-get, still missing: ${stillMissing.join(', ')}. ${byHand}`);
  }
}

async function missingPackages(): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, provides } of needed) {
    const found =
      'program' in provides ? (await findProgram(provides.program)) !== undefined : fs.existsSync(provides.file);
    if (!found) {
      missing.push(name);
    }
  }
  return missing;
}
