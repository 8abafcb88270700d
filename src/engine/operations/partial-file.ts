import { withSidecars } from '../checkout/file-name';
import { joinPath, parentDirectory, pathWithin } from '../checkout/paths';
import { EngineError, hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import type { FileLock } from '../platform/file-lock';
import type { Interaction } from './interaction';

/** How often a lock is renewed, in milliseconds. */
const RENEWAL = 30_000;

/**
 * Runs `work` with the name of a file beside `path` that does not outlive it and that nobody else makes meanwhile: `work` renames it once
 * it is whole.
 * @param work - is to renew the lock where it may take minutes
 * @throws EngineError `repository-locked` when another process is making the file; what `work` throws
 */
export async function withPartialFile<T>(
  environment: Environment,
  path: string,
  work: (partial: string, lock: FileLock) => Promise<T>,
): Promise<T> {
  const partial = `${path}.trilobite-new`;
  const lock = lockPartialFile(
    environment,
    { partial, path },
    `Another program is making ${path}. Wait until it has finished, or choose another name.`,
  );
  try {
    await removePartialFile(environment, partial);
    return await work(partial, lock);
  } finally {
    await removePartialFile(environment, partial);
    lock.release();
  }
}

/**
 * Takes the lock of a file that is being made under the name `partial`.
 * @param held - what to say when another process has it
 * @throws EngineError `repository-locked`, `file-missing` when there is no such folder
 */
export function lockPartialFile(
  environment: Environment,
  { partial, path }: { partial: string; path: string },
  held: string,
): FileLock {
  try {
    return environment.fs.lock(partial);
  } catch (error) {
    if (hasCode(error, 'repository-locked')) throw new EngineError('repository-locked', held, { cause: error });
    if (!hasCode(error, 'file-missing')) throw error;
    throw new EngineError('file-missing', `The folder of ${path} does not exist.`, { cause: error });
  }
}

/** @returns the interaction, which renews the lock now and then as progress is told */
export function renewing(lock: FileLock, { clock }: Environment, interaction: Interaction): Interaction {
  let renewed = clock.now();
  return {
    ...interaction,
    onProgress: (progress) => {
      if (clock.now() - renewed > RENEWAL) {
        lock.renew();
        renewed = clock.now();
      }
      interaction.onProgress?.(progress);
    },
  };
}

/** Removes a database file that nobody uses, its journals, and what a save that was killed left of it. */
export async function removePartialFile(environment: Environment, partial: string): Promise<void> {
  for (const file of withSidecars(partial)) await environment.fs.remove(file);
  for (const file of await killedSaves(environment, partial)) await environment.fs.remove(file);
}

/** The portable driver writes a database anew, under a name of its own, and renames it. */
async function killedSaves(environment: Environment, partial: string): Promise<string[]> {
  const directory = parentDirectory(environment, partial);
  if (directory === undefined || (await environment.fs.status(directory))?.kind !== 'directory') return [];
  const prefix = `${pathWithin(environment, directory, partial) ?? ''}.trilobite-new-`;
  const names = (await environment.fs.list(directory)).map(({ name }) => name);
  return names.filter((name) => name.startsWith(prefix)).map((name) => joinPath(environment, directory, name));
}
