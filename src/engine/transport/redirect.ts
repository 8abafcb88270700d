import { EngineError } from '../errors';
import { canonicalUrl, parseRemote, type Remote } from '../xfer/remote';

/** How many redirects one exchange follows (fossil.md 1.4). */
export const REDIRECT_LIMIT = 20;

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

/** @returns whether the new address is to be remembered */
export function isPermanent(status: number): boolean {
  return status === 301 || status === 308;
}

/**
 * Where a redirect leads (fossil.md 1.4). The login stays with its server: another host or port gets only what its own address
 * holds, but for the move of the same host from http to https.
 * @throws EngineError `redirect-refused`
 */
export function redirectTarget(from: Remote, location: string | undefined): Remote {
  if (location === undefined || location === '') throw refused(from, 'without saying where to');
  const url = new URL(
    location,
    canonicalUrl({ scheme: from.scheme, host: from.host, port: from.port, path: from.path }),
  );
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused(from, `to ${url.protocol}//, which is not followed`);
  url.search = '';
  url.hash = '';
  const to = parseRemote(url.href);
  if (from.scheme === 'https' && to.scheme === 'http')
    throw refused(from, `from https to http://${to.host}, which would give up encryption`);
  const isSecured = from.scheme === 'http' && to.scheme === 'https';
  const isSameServer = to.host === from.host && (to.port === from.port || isSecured);
  const login = to.user === undefined && isSameServer ? from : to;
  return {
    scheme: to.scheme,
    host: to.host,
    port: to.port,
    path: to.path.replace(/\/xfer$/, '') || '/',
    ...(login.user === undefined ? {} : { user: login.user }),
    ...(login.password === undefined ? {} : { password: login.password }),
  };
}

export function tooManyRedirects(from: Remote): EngineError {
  return refused(from, `in circles, or more than ${REDIRECT_LIMIT} times`);
}

function refused(from: Remote, how: string): EngineError {
  return new EngineError('redirect-refused', `${from.host} redirects ${how}. Check the address of the server.`);
}
