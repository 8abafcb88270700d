import { EngineError } from '../errors';

/** A server's address, taken apart (fossil.md 1.8). */
export interface Remote {
  scheme: 'http' | 'https';
  /** Lower case; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** Begins with `/`, as it goes into the request. */
  path: string;
  user?: string;
  password?: string;
}

const DEFAULT_PORT = { http: 80, https: 443 } as const;

/** @throws EngineError `url-malformed`, saying what is wrong, never showing the password */
export function parseRemote(url: string): Remote {
  const text = url.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw malformed('It must begin with http:// or https://.');
  if (scheme !== 'http' && scheme !== 'https')
    throw malformed(`Addresses that begin with ${scheme}:// are not supported; use http:// or https://.`);
  const rest = text.slice(scheme.length + 3).replace(/#.*$/s, '');
  const slash = rest.search(/[/?]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '/' : rest.slice(slash);
  const at = authority.lastIndexOf('@');
  const { host, port } = parseHost(authority.slice(at + 1), DEFAULT_PORT[scheme]);
  return { scheme, host, port, path: parsePath(path), ...parseLogin(at < 0 ? '' : authority.slice(0, at)) };
}

/** Without password and default port, as `last-sync-url` keeps it. */
export function canonicalUrl(remote: Remote): string {
  const login = remote.user === undefined ? '' : `${encodeURIComponent(remote.user)}@`;
  return `${remote.scheme}://${login}${authorityOf(remote)}${remote.path}`;
}

/** Host with its port unless that is the scheme's own: what the `Host` header holds. */
export function authorityOf(remote: Remote): string {
  const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
  return remote.port === DEFAULT_PORT[remote.scheme] ? host : `${host}:${remote.port}`;
}

function parseHost(text: string, defaultPort: number): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::(.*))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (!match || /[\s\\%<>"]/.test(host)) throw malformed('The name of the host is not valid.');
  if (host === '') throw malformed('The name of the host is missing.');
  const digits = match[3] ?? '';
  const port = digits === '' ? defaultPort : Number(digits);
  if (!/^\d*$/.test(digits) || port < 1 || port > 65535) throw malformed('The port must be a number from 1 to 65535.');
  return { host: host.toLowerCase(), port };
}

function parsePath(path: string): string {
  if (path.includes('?')) throw malformed('It must not contain a query (what follows the question mark).');
  return path.replace(/[^\x21-\x7e]|["<>`{}|\\^]/gu, encodeURIComponent);
}

function parseLogin(text: string): { user?: string; password?: string } {
  if (text === '') return {};
  const colon = text.indexOf(':');
  const user = decode(colon < 0 ? text : text.slice(0, colon));
  if (user === '') throw malformed('The user name is missing.');
  return colon < 0 ? { user } : { user, password: decode(text.slice(colon + 1)) };
}

/** A `%` that starts no escape stands for itself, as in Fossil. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    throw malformed('One of its percent signs does not encode a character.');
  }
}

function malformed(reason: string): EngineError {
  return new EngineError('url-malformed', `That is not an address of a Fossil server. ${reason}`);
}
