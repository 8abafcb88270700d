import type { ServerContext } from './server-part';

/** What arrives is credited to who has logged in; a nonce that was used before fails there (fossil.md 4.2). */
export function nameOrigin({ repository, permissions, origin }: ServerContext): void {
  const { userId, nonce } = permissions;
  repository.receivedFrom({
    ...(userId === undefined ? {} : { userId }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(origin.address === undefined ? {} : { address: origin.address }),
  });
}
