import type { ServerContext } from './server-part';

/**
 * What arrives is credited to who has logged in; a nonce that was used before fails there (fossil.md 4.2).
 * @param options.isContinued - the message has a receipt with the nonce already
 */
export function nameOrigin(
  { repository, permissions, origin }: ServerContext,
  { isContinued = false }: { isContinued?: boolean } = {},
): void {
  const { userId, nonce } = permissions;
  repository.receivedFrom({
    ...(userId === undefined ? {} : { userId }),
    ...(nonce === undefined || isContinued ? {} : { nonce }),
    ...(origin.address === undefined ? {} : { address: origin.address }),
  });
}
