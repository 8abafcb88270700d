import type { Checkout } from '../checkout/checkout';
import type { Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import { resolveVersion } from '../repository/versions';
import { readCheckout } from './with-checkout';

/** Whose history is looked at: a repository file, or the repository of a checkout and where that stands (absolute paths), or what is open already. */
export type HistorySource = { repository: string } | { checkout: string } | OpenedSource;

/** A history that somebody has opened for several readings, and closes. */
export interface OpenedSource {
  opened: OpenHistory;
}

/** An open repository, and the checkout that it was reached through. */
export interface OpenHistory {
  repository: Repository;
  checkout?: Checkout;
  /** Check-in of the checkout; absent where there is no checkout or nothing is checked out. */
  current?: Rid;
}

/** The check-in that a name stands for, seen from where the checkout stands. @throws EngineError `unknown-version`, `ambiguous-version` */
export function versionIn({ repository, current }: OpenHistory, name: string): Rid {
  return resolveVersion(repository, name, current === undefined ? {} : { current });
}

/** Opens to read what is not open yet, runs `work`, closes what it opened. @throws EngineError `not-a-repository`, `not-a-checkout`, `file-missing` */
export async function readHistory<T>(
  environment: Environment,
  source: HistorySource,
  work: (history: OpenHistory) => T | Promise<T>,
): Promise<T> {
  if ('opened' in source) return work(source.opened);
  if ('checkout' in source) {
    return readCheckout(environment, source.checkout, (checkout) => {
      const { repository, current } = checkout;
      return work({ repository, checkout, ...(current === 0 ? {} : { current }) });
    });
  }
  const repository = Repository.open(environment, source.repository, { mode: 'read' });
  try {
    return await work({ repository });
  } finally {
    repository.close();
  }
}
