import { Checkout } from '../checkout/checkout';
import { hasCode } from '../errors';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import type { Interaction } from './interaction';

/** Opens a checkout to read, runs `work`, closes it. */
export async function readCheckout<T>(
  environment: Environment,
  root: string,
  work: (checkout: Checkout) => T | Promise<T>,
): Promise<T> {
  return closing(await Checkout.open(environment, root, { mode: 'read' }), work);
}

/** Opens a checkout to write, runs `work`, closes it. Asks first where that means rewriting a file without locks. */
export async function writeCheckout<T>(
  environment: Environment,
  root: string,
  interaction: Interaction,
  work: (checkout: Checkout) => T | Promise<T>,
): Promise<T> {
  const checkout = await withPermission(root, interaction, (allowPortableWrites) =>
    Checkout.open(environment, root, { mode: 'write', allowPortableWrites }),
  );
  return closing(checkout, work);
}

/** Opens a repository file to write, runs `work`, closes it. */
export async function writeRepository<T>(
  environment: Environment,
  path: string,
  interaction: Interaction,
  work: (repository: Repository) => T | Promise<T>,
): Promise<T> {
  const repository = await withPermission(path, interaction, (allowPortableWrites) =>
    Promise.resolve(Repository.open(environment, path, { mode: 'write', allowPortableWrites })),
  );
  return closing(repository, work);
}

/** Runs `open` without permission to rewrite files, and again with it when that is what is missing and the user agrees. */
export async function withPermission<T>(
  path: string,
  interaction: Interaction,
  open: (allowPortableWrites: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await open(false);
  } catch (error) {
    if (!hasCode(error, 'portable-writes-refused')) throw error;
    if (!(await interaction.questions.allowPortableWrites(path))) throw error;
    return open(true);
  }
}

async function closing<Resource extends { close(): void }, T>(
  resource: Resource,
  work: (resource: Resource) => T | Promise<T>,
): Promise<T> {
  try {
    return await work(resource);
  } finally {
    resource.close();
  }
}
