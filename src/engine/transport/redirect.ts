import { EngineError } from '../errors';
import type { Redirected } from '../xfer/refusal';
import { authorityOf, canonicalUrl, type HttpRemote, isVisitor, parseRemote, withoutLogin } from '../xfer/remote';

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
export function redirectTarget(from: HttpRemote & Redirected, location: string | undefined): HttpRemote & Redirected {
  if (location === undefined || location === '') throw refused(from, 'without saying where to');
  const url = locationOf(location, from);
  url.search = '';
  url.hash = '';
  const to = /^https?:$/.test(url.protocol) ? parseRemote(url.href) : undefined;
  if (to?.scheme !== 'http' && to?.scheme !== 'https')
    throw refused(from, `to ${url.protocol}//, which is not followed`);
  if (from.scheme === 'https' && to.scheme === 'http')
    throw refused(from, `from https to http://${to.host}, which would give up encryption`);
  const isSecured = from.scheme === 'http' && to.scheme === 'https';
  const isSameServer = to.host === from.host && (to.port === from.port || isSecured);
  const login = to.user === undefined && isSameServer ? from : to;
  const loginStaysAt = isVisitor(from) ? from.loginStaysAt : authorityOf(from);
  return {
    scheme: to.scheme,
    host: to.host,
    port: to.port,
    path: to.path.replace(/\/xfer$/, '') || '/',
    ...(login.user === undefined ? {} : { user: login.user }),
    ...(login.password === undefined ? {} : { password: login.password }),
    ...(login.user !== undefined || loginStaysAt === undefined ? {} : { loginStaysAt }),
  };
}

function locationOf(location: string, from: HttpRemote): URL {
  try {
    return new URL(location, canonicalUrl(withoutLogin(from)));
  } catch {
    throw refused(from, 'to something that is no address');
  }
}

export function tooManyRedirects(from: HttpRemote): EngineError {
  return refused(from, `in circles, or more than ${REDIRECT_LIMIT} times`);
}

function refused(from: HttpRemote, how: string): EngineError {
  return new EngineError('redirect-refused', `${from.host} redirects ${how}. Check the address of the server.`);
}
