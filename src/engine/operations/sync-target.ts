import { Checkout, findCheckoutDatabase } from '../checkout/checkout';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import type { Interaction } from './interaction';
import { withPermission } from './with-checkout';

/** What is synced: a repository, seen from a checkout where there is one. */
export interface SyncTarget {
  repository: Repository;
  checkout?: Checkout;
}

/** Opens a repository file, or the repository of the checkout whose root is given, to write; runs `work`, closes it. */
export async function withSyncTarget<T>(
  environment: Environment,
  path: string,
  interaction: Interaction,
  work: (target: SyncTarget) => Promise<T>,
): Promise<T> {
  const target = await withPermission(path, interaction, (allowPortableWrites) =>
    openEither(environment, path, allowPortableWrites),
  );
  try {
    return await work(target);
  } finally {
    target.repository.close();
  }
}

async function openEither(environment: Environment, path: string, allowPortableWrites: boolean): Promise<SyncTarget> {
  if ((await findCheckoutDatabase(environment, path)) === undefined) {
    return { repository: Repository.open(environment, path, { mode: 'write', allowPortableWrites }) };
  }
  const checkout = await Checkout.open(environment, path, { mode: 'write', allowPortableWrites });
  return { repository: checkout.repository, checkout };
}
