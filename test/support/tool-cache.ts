import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

/** The project's folder: the one that holds package.json. */
export const projectDirectory = path.resolve(__dirname, '../..');

/** Where programs that tests need but the product does not are kept between runs; ignored by version control. */
export const toolCache = path.join(projectDirectory, '.vscode-test');

/**
 * Installs something into the tool cache once, atomically: a folder of that name is either whole or absent, and two
 * processes may install at the same time (the first to finish wins).
 *
 * @param name - the folder below the cache, for example `hosts/code-server-4.139.1`; change it when the recipe changes
 * @param fill - makes the content in the empty folder that it is given
 * @returns the absolute path of the finished folder
 * @throws whatever `fill` throws; nothing is left behind then
 */
export async function installOnce(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const finished = path.join(toolCache, name);
  if (await exists(finished)) {
    return finished;
  }
  await removeAbandoned();
  const partial = path.join(toolCache, `partial-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await fs.mkdir(partial, { recursive: true });
    await fill(partial);
    await fs.mkdir(path.dirname(finished), { recursive: true });
    await fs.rename(partial, finished);
  } catch (error) {
    if (!(isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST')) || !(await exists(finished))) {
      throw error;
    }
  } finally {
    await fs.rm(partial, { recursive: true, force: true });
  }
  return finished;
}

/** Folders of processes that were killed while they installed. */
async function removeAbandoned(): Promise<void> {
  const names = await fs.readdir(toolCache).catch(() => []);
  for (const name of names) {
    const pid = /^partial-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) {
      await fs.rm(path.join(toolCache, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
