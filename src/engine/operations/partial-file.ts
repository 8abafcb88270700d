import { withSidecars } from '../checkout/file-name';
import type { Environment } from '../platform/environment';

/** Runs `work` with the name of a file beside `path` that does not outlive it: `work` renames it once it is whole. */
export async function withPartialFile<T>(
  environment: Environment,
  path: string,
  work: (partial: string) => Promise<T>,
): Promise<T> {
  const partial = `${path}.trilobite-new`;
  const remove = async (): Promise<void> => {
    for (const file of withSidecars(partial)) await environment.fs.remove(file);
  };
  await remove();
  try {
    return await work(partial);
  } finally {
    await remove();
  }
}
