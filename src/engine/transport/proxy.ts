import { EngineError } from '../errors';
import type { HttpRemote } from '../xfer/remote';

/** A proxy's address, taken apart. */
export interface Proxy {
  /** TLS to the proxy itself. */
  isSecure: boolean;
  host: string;
  port: number;
  /** The `Proxy-Authorization` header. */
  authorization?: string;
}

export interface ProxySources {
  /** `--proxy`: an address, or `off`. */
  option?: string | undefined;
  /** Fossil's setting `proxy`: an address, `off`, or `system`, which stands for the variables. */
  setting?: string | undefined;
  variables: Readonly<Record<string, string | undefined>>;
}

const OFF = /^(?:off|no|false|0)?$/i;

/**
 * The proxy for a server: the option, else the setting, else the variables `http_proxy`, `https_proxy`, `all_proxy`; `no_proxy` names
 * servers that are reached directly whatever the variables say.
 * @throws EngineError `url-malformed` for an address that is none
 */
export function proxyFor(remote: HttpRemote, { option, setting, variables }: ProxySources): Proxy | undefined {
  const chosen = option ?? (setting === undefined || setting === 'system' ? undefined : setting);
  if (chosen !== undefined) return OFF.test(chosen) ? undefined : parseProxy(chosen);
  if (isReachedDirectly(remote, variable(variables, 'no_proxy') ?? '')) return undefined;
  const url =
    (remote.scheme === 'https' ? variable(variables, 'https_proxy') : undefined) ??
    // What Fossil uses for both.
    variable(variables, 'http_proxy') ??
    variable(variables, 'all_proxy');
  return url === undefined || OFF.test(url) ? undefined : parseProxy(url);
}

/** Both spellings are in use; the lower one counts first, and an empty one as if it were not there. */
function variable(variables: ProxySources['variables'], name: string): string | undefined {
  return [variables[name], variables[name.toUpperCase()]].find((value) => value !== undefined && value.trim() !== '');
}

/**
 * Whether `no_proxy` names the server: hosts separated by commas or spaces, each standing for its subdomains too, with or without a
 * leading dot or `*.`, with a port where only that is meant; `*` for all.
 */
function isReachedDirectly({ host, port }: HttpRemote, noProxy: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      // An IPv6 address stands in brackets, or for itself without a port.
      const match = /^(?:\[([^\]]+)\]|([^:]+)|([^:]*:.*:[^:]*))(?::(\d+))?$/.exec(entry);
      const name = (match?.[1] ?? match?.[2] ?? match?.[3] ?? '').replace(/^\*?\./, '');
      if (name === '' || (match?.[4] !== undefined && Number(match[4]) !== port)) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}

function parseProxy(text: string): Proxy {
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch (cause) {
    throw malformed('It is no address.', cause);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw malformed(`Proxies that begin with ${url.protocol}// are not supported.`);
  const isSecure = url.protocol === 'https:';
  const login = `${decode(url.username)}:${decode(url.password)}`;
  return {
    isSecure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    ...(login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address itself stays out of the sentence: it may hold a password. */
function malformed(reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'url-malformed',
    `The address of the proxy is not valid. ${reason} Check the setting "proxy" and the variables http_proxy, https_proxy and all_proxy.`,
    { cause },
  );
}
