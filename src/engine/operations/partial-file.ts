import { withSidecars } from '../checkout/file-name';
import { joinPath, parentDirectory, pathWithin } from '../checkout/paths';
import type { Environment } from '../platform/environment';

/** Runs `work` with the name of a file beside `path` that does not outlive it: `work` renames it once it is whole. */
export async function withPartialFile<T>(
  environment: Environment,
  path: string,
  work: (partial: string) => Promise<T>,
): Promise<T> {
  const partial = `${path}.trilobite-new`;
  await removePartialFile(environment, partial);
  try {
    return await work(partial);
  } finally {
    await removePartialFile(environment, partial);
  }
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
