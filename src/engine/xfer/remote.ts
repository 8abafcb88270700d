import { escapeUrlPath, unescapeUrlPath } from '../codec/url-escapes';
import { EngineError } from '../errors';

/** Who logs in; over ssh the user of the connection, for a file nobody. */
interface Login {
  user?: string;
  password?: string;
}

/** A web server's address. */
export interface HttpRemote extends Login {
  scheme: 'http' | 'https';
  /** Lower case; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** Begins with `/`, as it goes into the request. */
  path: string;
}

/** A repository file on another computer, reached through a program there. */
export interface SshRemote extends Login {
  scheme: 'ssh';
  /** Lower case; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** Of the file, decoded, relative to the home directory there unless it begins with a second `/`: `/repo.fossil`, `//srv/repo.fossil`. */
  path: string;
  /** The program that answers there, where the address names one (`?fossil=`). */
  program?: string;
}

/** A repository file on this computer. */
export interface FileRemote extends Login {
  scheme: 'file';
  /** Absolute. */
  path: string;
}

/** A server's address, taken apart (fossil.md 1.8). */
export type Remote = HttpRemote | SshRemote | FileRemote;

const DEFAULT_PORT = { http: 80, https: 443, ssh: 22 } as const;
/** What an address may have run on the other computer: nobody shall run anything else there by handing out an address. */
const ANSWERING_PROGRAM = /^(?:[^\s]*[/\\])?(?:fossil|trilobite)(?:\.exe|\.cmd)?$/i;
const ABSOLUTE_PATH = /^(?:\/|[a-z]:[\\/]|\\\\)/i;

/**
 * @param url - an `http:`, `https:`, `ssh:` or `file:` address, or the absolute path of a repository file
 * @throws EngineError `url-malformed`, saying what is wrong, never showing the password
 */
export function parseRemote(url: string): Remote {
  const text = url.trim();
  if (ABSOLUTE_PATH.test(text)) return { scheme: 'file', path: text };
  if (/^file:/i.test(text)) return parseFile(text.slice('file:'.length));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw malformed('It must begin with http:// or https://, ssh:// or file://.');
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'ssh')
    throw malformed(
      `Addresses that begin with ${scheme}:// are not supported; use http://, https://, ssh:// or file://.`,
    );
  const rest = text.slice(scheme.length + 3).replace(/#.*$/s, '');
  const slash = rest.search(/[/?]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '/' : rest.slice(slash);
  const at = authority.lastIndexOf('@');
  const { host, port } = parseHost(authority.slice(at + 1), DEFAULT_PORT[scheme]);
  const login = parseLogin(at < 0 ? '' : authority.slice(0, at));
  if (scheme !== 'ssh') return { scheme, host, port, path: parsePath(path), ...login };
  return parseSsh(host, port, path, login.user);
}

/** Without password and default port, as `last-sync-url` keeps it. */
export function canonicalUrl(remote: Remote): string {
  if (remote.scheme === 'file') return `file://${escapeUrlPath(remote.path.replaceAll('\\', '/'))}`;
  const login = remote.user === undefined ? '' : `${encodeURIComponent(remote.user)}@`;
  const start = `${remote.scheme}://${login}${authorityOf(remote)}`;
  if (remote.scheme !== 'ssh') return start + remote.path;
  const program = remote.program === undefined ? '' : `?fossil=${escapeUrlPath(remote.program)}`;
  return start + escapeUrlPath(remote.path) + program;
}

/** What messages call the other side: the host with its port unless that is the scheme's own, as in the `Host` header; or the file. */
export function authorityOf(remote: Remote): string {
  if (remote.scheme === 'file') return remote.path;
  const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
  return remote.port === DEFAULT_PORT[remote.scheme] ? host : `${host}:${remote.port}`;
}

/** The same server for nobody in particular. */
export function withoutLogin(remote: Remote): Remote {
  const nobody = { ...remote };
  delete nobody.user;
  delete nobody.password;
  return nobody;
}

/** Whether the other side lets in whoever can reach it: no login card is sent, and no password is asked for. */
export function needsNoLogin(remote: Remote): boolean {
  return remote.scheme === 'ssh' || remote.scheme === 'file';
}

/** Whoever comes without a name, or as `anonymous`, for whom nothing is ever signed (fossil.md 1.5). */
export function isVisitor({ user }: Remote): boolean {
  return user === undefined || user === 'anonymous';
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

/** Host and user become arguments of `ssh`: none of them may look like an option. A password would be of no use. */
function parseSsh(host: string, port: number, pathAndQuery: string, user: string | undefined): SshRemote {
  if (host.startsWith('-')) throw malformed('The name of the host is not valid.');
  if (user !== undefined && /^-|\s/.test(user)) throw malformed('The user name is not valid.');
  const [escapedPath = '', ...query] = pathAndQuery.split('?');
  const path = unescapeUrlPath(escapedPath);
  if (path === undefined) throw malformed('One of its percent signs does not encode a character.');
  if (path.length < 2) throw malformed('The path of the repository file is missing: ssh://HOST/PATH.');
  const program = parseProgram(query.join('?'));
  return {
    scheme: 'ssh',
    host,
    port,
    path,
    ...(program === undefined ? {} : { program }),
    ...(user === undefined ? {} : { user }),
  };
}

function parseProgram(query: string): string | undefined {
  const escaped = query
    .split('&')
    .findLast((parameter) => parameter.startsWith('fossil='))
    ?.slice('fossil='.length);
  if (escaped === undefined) return undefined;
  const program = unescapeUrlPath(escaped)?.replace(/\s+serve\s+--stdio\s*$/, '');
  if (program !== undefined && ANSWERING_PROGRAM.test(program) && !program.startsWith('-')) return program;
  throw malformed('What follows ?fossil= must be the path of a program called fossil or trilobite.');
}

function parseFile(rest: string): FileRemote {
  const path = unescapeUrlPath(rest.replace(/^\/\//, ''))?.replace(/^\/(?=[a-z]:[\\/])/i, '');
  if (path === undefined) throw malformed('One of its percent signs does not encode a character.');
  if (ABSOLUTE_PATH.test(path)) return { scheme: 'file', path };
  throw malformed('After file:// must come the whole path of a repository file, from the root on.');
}

function parseLogin(text: string): Login {
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
