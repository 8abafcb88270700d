import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, EnvHttpProxyAgent, ProxyAgent, type Dispatcher } from 'undici';
import { EngineError, throwIfCancelled } from '../errors';
import { authorityOf, type Remote } from '../xfer/remote';
import type { ExchangeOptions, ExchangeReply, ExchangeRequest, Session, Transport } from '../xfer/transport';
import { trustedCertificates } from './certificates';
import { networkError } from './network-error';
import { pageText } from './page-text';
import { isPermanent, isRedirect, REDIRECT_LIMIT, redirectTarget, tooManyRedirects } from './redirect';

const CONNECT_TIMEOUT_MS = 20_000;
const BODY_IDLE_TIMEOUT_MS = 120_000;
/** A server may work on a large push before it says anything. */
const HEADERS_TIMEOUT_MS = 300_000;
const JSON_TIMEOUT_MS = 15_000;
const JSON_LIMIT = 1024 * 1024;
const ERROR_PAGE_LIMIT = 64 * 1024;
const USER_AGENT = 'Fossil/2.21 (2023-02-26 19:24:24 Trilobite)';

export interface HttpOptions {
  /** `User-Agent`; begins with `Fossil/`. */
  userAgent?: string;
  /** Proxy URL for both schemes; by default from `http_proxy`, `https_proxy`, `no_proxy` of the variables. */
  proxy?: string;
  /** PEM certificates trusted besides the runtime's. */
  certificates?: string[];
  /** Refuse servers whose certificate cannot be verified; default true. */
  isStrict?: boolean;
  variables: Readonly<Record<string, string | undefined>>;
}

/** Sync over http and https (fossil.md 1.1 to 1.4). */
export function httpTransport(options: HttpOptions): Transport {
  return { open: (remote) => Promise.resolve(new HttpSession(remote, options)) };
}

/** A response of undici, as far as it is needed. */
type Response = Dispatcher.ResponseData;

class HttpSession implements Session {
  readonly #options: HttpOptions;
  /** One for each scheme: only https needs the certificates. */
  readonly #dispatchers = new Map<Remote['scheme'], Dispatcher>();
  readonly #userAgent: string;
  #remote: Remote;
  /** The server wants HTTP Basic as well; it asked with a 401. */
  #wantsBasic = false;

  constructor(remote: Remote, options: HttpOptions) {
    this.#remote = remote;
    this.#userAgent = options.userAgent ?? USER_AGENT;
    this.#options = options;
  }

  get remote(): Remote {
    return this.#remote;
  }

  async exchange(request: ExchangeRequest, options: ExchangeOptions = {}): Promise<ExchangeReply> {
    const visited = new Set<string>();
    let remote = this.#remote;
    for (let redirects = 0; redirects <= REDIRECT_LIMIT; redirects++) {
      const response = await this.#post(remote, request, options.signal);
      if (
        response.statusCode === 401 &&
        !this.#wantsBasic &&
        remote.user !== undefined &&
        remote.password !== undefined
      ) {
        discard(response);
        this.#wantsBasic = true;
        continue;
      }
      if (!isRedirect(response.statusCode)) return await replyOf(response, remote);
      discard(response);
      visited.add(addressOf(remote));
      remote = redirectTarget(remote, header(response, 'location'));
      if (visited.has(addressOf(remote))) throw tooManyRedirects(this.#remote);
      if (isPermanent(response.statusCode)) this.#remote = remote;
    }
    throw tooManyRedirects(this.#remote);
  }

  async fetchJson(path: string, options: ExchangeOptions = {}): Promise<unknown> {
    const timeout = AbortSignal.timeout(JSON_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      const response = await this.#send(
        'GET',
        this.#remote,
        this.#remote.path.replace(/\/$/, '') + path,
        {},
        undefined,
        signal,
      );
      if (response.statusCode === 200) return JSON.parse(await textOfBody(response, JSON_LIMIT)) as unknown;
      discard(response);
    } catch {
      // Statistics are a courtesy: a server without them is no failure. Only the user's cancel is.
      throwIfCancelled(options.signal);
    }
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #post(remote: Remote, request: ExchangeRequest, signal: AbortSignal | undefined): Promise<Response> {
    const body = request.body(remote);
    const cookie = request.cookie?.(remote);
    const headers = {
      'Content-Type': request.contentType,
      'Content-Length': String(body.length),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    };
    return this.#send('POST', remote, remote.path, headers, body, signal);
  }

  async #send(
    method: 'GET' | 'POST',
    remote: Remote,
    path: string,
    headers: Record<string, string>,
    body: Uint8Array | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    throwIfCancelled(signal);
    try {
      return await this.#dispatcher(remote.scheme).request({
        origin: `${remote.scheme}://${authorityOf(remote)}`,
        path,
        method,
        headers: { 'User-Agent': this.#userAgent, ...headers, ...this.#basic(remote) },
        ...(body ? { body } : {}),
        ...(signal ? { signal } : {}),
        headersTimeout: HEADERS_TIMEOUT_MS,
        bodyTimeout: BODY_IDLE_TIMEOUT_MS,
      });
    } catch (error) {
      throwIfCancelled(signal);
      throw networkError(error, authorityOf(remote));
    }
  }

  #dispatcher(scheme: Remote['scheme']): Dispatcher {
    const known = this.#dispatchers.get(scheme) ?? dispatcherFor(scheme, this.#options);
    this.#dispatchers.set(scheme, known);
    return known;
  }

  #basic({ user, password }: Remote): { Authorization?: string } {
    if (!this.#wantsBasic || user === undefined || password === undefined) return {};
    return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }
}

function dispatcherFor(scheme: Remote['scheme'], options: HttpOptions): Dispatcher {
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...(scheme === 'https' ? tlsOptions(options) : {}) };
  if (options.proxy !== undefined)
    return new ProxyAgent({ uri: options.proxy, proxyTunnel: false, requestTls: connect, connect, pipelining: 0 });
  const { variables } = options;
  const httpProxy = variables['http_proxy'] ?? variables['HTTP_PROXY'];
  const httpsProxy = variables['https_proxy'] ?? variables['HTTPS_PROXY'] ?? httpProxy;
  if (httpProxy === undefined && httpsProxy === undefined) return new Agent({ connect, pipelining: 0 });
  return new EnvHttpProxyAgent({
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: variables['no_proxy'] ?? variables['NO_PROXY'] ?? '',
    proxyTunnel: false,
    requestTls: connect,
    connect,
    pipelining: 0,
  });
}

/** One context for all connections of a session: making it means reading some hundred certificates. */
function tlsOptions(options: HttpOptions): { secureContext: SecureContext; rejectUnauthorized: boolean } {
  const ca = [...trustedCertificates(options.variables), ...(options.certificates ?? [])];
  return { secureContext: createSecureContext({ ca }), rejectUnauthorized: options.isStrict ?? true };
}

async function replyOf(response: Response, remote: Remote): Promise<ExchangeReply> {
  const host = authorityOf(remote);
  const contentType = (header(response, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (response.statusCode !== 200) throw await statusError(response, remote);
  if (!contentType.startsWith('application/x-fossil')) {
    discard(response);
    throw new EngineError(
      'not-fossil',
      `${host} answered with a web page instead of Fossil's sync protocol. Check that the address is that of a Fossil repository.`,
    );
  }
  const length = header(response, 'content-length');
  return {
    contentType,
    ...(length !== undefined && /^\d{1,15}$/.test(length) ? { length: Number(length) } : {}),
    chunks: chunksOf(response, host, length === undefined ? undefined : Number(length)),
  };
}

async function* chunksOf(response: Response, host: string, length: number | undefined): AsyncGenerator<Uint8Array> {
  let received = 0;
  try {
    for await (const chunk of response.body) {
      if (!(chunk instanceof Uint8Array)) continue;
      received += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const failure = networkError(error, host);
    const isShort = failure.code === 'connection-lost' && length !== undefined && received < length;
    throw isShort
      ? new EngineError(
          'reply-truncated',
          `The reply of ${host} ended after ${received} of ${length} bytes. Try again.`,
          {
            cause: error,
          },
        )
      : failure;
  } finally {
    response.body.destroy();
  }
}

async function statusError(response: Response, remote: Remote): Promise<EngineError> {
  const host = authorityOf(remote);
  const status = response.statusCode;
  if (status === 401 || status === 407) {
    discard(response);
    const who = status === 407 ? 'The proxy' : host;
    if (status === 401 && remote.user === undefined)
      return new EngineError('password-needed', `${who} wants a user name and a password.`);
    return new EngineError('login-failed', `${who} did not accept the user name and password.`);
  }
  const said = await textOfBody(response, ERROR_PAGE_LIMIT).then(pageText, () => '');
  const what =
    status === 404
      ? `${host} has nothing at ${remote.path} (HTTP status 404). Check the path of the address.`
      : `${host} answered with HTTP status ${status} instead of a sync reply.`;
  return new EngineError('http-status', said === '' ? what : `${what} It says: ${said}`);
}

async function textOfBody(response: Response, limit: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    if (!(chunk instanceof Uint8Array)) continue;
    pieces.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(pieces).subarray(0, limit).toString('utf8');
}

/** Closes the connection without waiting for the rest; the stream's own complaint about that is of no interest. */
function discard(response: Response): void {
  response.body.on('error', () => undefined);
  response.body.destroy();
}

function header(response: Response, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function addressOf(remote: Remote): string {
  return `${remote.scheme}://${remote.user ?? ''}@${authorityOf(remote)}${remote.path}`;
}
