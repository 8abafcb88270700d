import type { ServerContext } from './server-part';

/**
 * What arrives is credited to who has logged in; a nonce that was used before fails there (fossil.md 4.2).
 * @param receipt - of a transaction of the same message
 */
export function nameOrigin({ repository, permissions, origin }: ServerContext, receipt?: number): void {
  const { userId, nonce } = permissions;
  repository.receivedFrom({
    ...(userId === undefined ? {} : { userId }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(origin.address === undefined ? {} : { address: origin.address }),
  });
}
