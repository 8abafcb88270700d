import { Readable } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { Agent, Dispatcher } from 'undici';
import { EngineError, throwIfCancelled } from '../errors';
import { authorityOf, canonicalUrl, type HttpRemote } from '../xfer/remote';
import type {
  CertificateAnswer,
  ConnectionContext,
  ExchangeOptions,
  ExchangeReply,
  ExchangeRequest,
  Session,
  Transport,
} from '../xfer/transport';
import { BasicLogin } from './basic-login';
import { UntrustedCertificate } from './certificate-check';
import { secureContextFor } from './certificates';
import { Connector } from './connector';
import { discard, header, replyOf, type Response, textOfBody } from './http-reply';
import { ConnectError, networkError, untrusted } from './network-error';
import { type Proxy, proxyFor } from './proxy';
import { isPermanent, isRedirect, REDIRECT_LIMIT, redirectTarget, tooManyRedirects } from './redirect';
import { proxyRefusal } from './tunnel';

const JSON_LIMIT = 1024 * 1024;
export const USER_AGENT = 'Fossil/2.21 (2023-02-26 19:24:24 Trilobite)';

/** Deadlines in milliseconds. */
export interface Timeouts {
  /** From the name of the server to the end of the TLS handshake. */
  connect: number;
  /** From the request to the head of the reply: a server may work on a large push before it says anything. */
  head: number;
  /** Between two pieces of a reply. */
  idle: number;
  /** For statistics in JSON: nobody waits long for a courtesy. */
  json: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 20_000, head: 300_000, idle: 120_000, json: 15_000 };

export interface HttpOptions {
  /** `User-Agent`; begins with `Fossil/`. */
  userAgent?: string;
  /** Proxy for all servers, or `off`; by default Fossil's setting `proxy`, then the variables (proxyFor). */
  proxy?: string;
  /** PEM certificates trusted besides the runtime's. */
  certificates?: string[];
  /** PEM file with the certificate and key to show to servers; by default Fossil's setting `ssl-identity`. */
  identity?: string;
  /** `USER:PASSWORD` for the web server in front of Fossil, which it gets with the first request (HTTP Basic). */
  login?: string;
  /** Refuse servers whose certificate cannot be verified, unless the user trusts it; default true. */
  isStrict?: boolean;
  /** 4 or 6: only that kind of addresses. */
  family?: 4 | 6;
  timeouts?: Partial<Timeouts>;
  variables: Readonly<Record<string, string | undefined>>;
}

/** Sync over http and https (fossil.md 1.1 to 1.4). It opens sessions of web remotes alone. */
export function httpTransport(options: HttpOptions): Transport {
  return {
    open: async (remote, context) => {
      if (remote.scheme !== 'http' && remote.scheme !== 'https')
        throw new EngineError('url-malformed', `${canonicalUrl(remote)} is no address of a web server.`);
      // It takes long to load, which most commands need not wait for.
      const undici = await import('undici');
      return new HttpSession(remote, options, context, undici.Agent);
    },
  };
}

/** How one server is reached. */
interface Route {
  connector: Connector;
  dispatcher: Dispatcher;
  proxy: Proxy | undefined;
}

class HttpSession implements Session {
  readonly #agentClass: typeof Agent;
  readonly #options: HttpOptions;
  readonly #context: ConnectionContext | undefined;
  readonly #timeouts: Timeouts;
  readonly #connectors: Connector[] = [];
  /** By scheme and authority: a proxy may be for some and not for others. */
  readonly #routes = new Map<string, Route>();
  readonly #login: BasicLogin;
  /** By `HOST FINGERPRINT`, what the user said: nobody is asked twice. */
  readonly #answers = new Map<string, CertificateAnswer>();
  #secureContext: SecureContext | undefined;
  #remote: HttpRemote;
  /** Whoever it is speaks HTTP. */
  #hasAnswered = false;

  constructor(
    remote: HttpRemote,
    options: HttpOptions,
    context: ConnectionContext | undefined,
    agentClass: typeof Agent,
  ) {
    this.#agentClass = agentClass;
    this.#remote = remote;
    this.#options = options;
    this.#context = context;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#login = new BasicLogin(context, options.login === undefined ? undefined : { remote, login: options.login });
  }

  get remote(): HttpRemote {
    return this.#remote;
  }

  async exchange(request: ExchangeRequest, options: ExchangeOptions = {}): Promise<ExchangeReply> {
    const visited = new Set<string>();
    let remote = this.#remote;
    for (let redirects = 0; redirects <= REDIRECT_LIMIT; redirects++) {
      const response = await this.#post(remote, request, options);
      if (!isRedirect(response.statusCode))
        return { ...(await replyOf(response, remote, this.#timeouts.idle)), remote };
      discard(response);
      visited.add(canonicalUrl(remote));
      remote = redirectTarget(remote, header(response, 'location'));
      if (visited.has(canonicalUrl(remote))) throw tooManyRedirects(this.#remote);
      if (isPermanent(response.statusCode)) this.#remote = remote;
    }
    throw tooManyRedirects(this.#remote);
  }

  /** A connection over TLS, for the sake of its certificate. */
  async greet({ signal }: ExchangeOptions = {}): Promise<void> {
    const remote = this.#remote;
    if (remote.scheme !== 'https') return;
    throwIfCancelled(signal);
    try {
      await this.#route(remote).connector.greet({ host: remote.host, port: remote.port });
    } catch (error) {
      await this.#settle(error, remote, signal);
      await this.greet(signal ? { signal } : {});
    }
  }

  async fetchJson(path: string, options: ExchangeOptions = {}): Promise<unknown> {
    const deadline = (): AbortSignal => {
      const timeout = AbortSignal.timeout(this.#timeouts.json);
      return options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    };
    let within = deadline();
    const renew = (): AbortSignal => (within = deadline());
    const visited = new Set<string>();
    const query = /\?.*/.exec(path)?.[0] ?? '';
    let remote = this.#remote;
    let target = remote.path.replace(/\/$/, '') + path;
    try {
      for (let redirects = 0; redirects <= REDIRECT_LIMIT; redirects++) {
        const response = await this.#send('GET', remote, target, {}, undefined, within, renew);
        if (response.statusCode === 200) return JSON.parse(await textOfBody(response.body, JSON_LIMIT)) as unknown;
        discard(response);
        if (!isRedirect(response.statusCode)) return undefined;
        visited.add(canonicalUrl({ ...remote, path: target }));
        remote = redirectTarget(remote, header(response, 'location'));
        target = remote.path + query;
        if (visited.has(canonicalUrl({ ...remote, path: target }))) return undefined;
      }
    } catch {
      // Statistics are a courtesy: a server without them is no failure. Only the user's cancel is.
      throwIfCancelled(options.signal);
    }
    return undefined;
  }

  async close(): Promise<void> {
    for (const connector of this.#connectors) connector.close();
    await Promise.all([...this.#routes.values()].map(({ dispatcher }) => dispatcher.destroy()));
  }

  /** Posts until the web server's own login is settled. */
  async #post(remote: HttpRemote, request: ExchangeRequest, { signal, onSent }: ExchangeOptions): Promise<Response> {
    for (;;) {
      const bytes = request.body(remote);
      const body = (): Uint8Array | Readable =>
        onSent === undefined ? bytes : Readable.from([bytes]).once('end', onSent);
      const cookie = request.cookie?.(remote);
      const headers = {
        'Content-Type': request.contentType,
        'Content-Length': String(bytes.length),
        ...(cookie === undefined ? {} : { Cookie: cookie }),
      };
      const response = await this.#send('POST', remote, remote.path, headers, body, signal);
      if (response.statusCode !== 401) {
        this.#login.accepted(remote);
        return response;
      }
      const next = await this.#login.refused(remote, header(response, 'www-authenticate'));
      if (next === false) return response;
      discard(response);
      if (next === 'declined') throw declined(remote, 'none was given');
      if (next === 'refused') throw declined(remote, 'did not accept those it got');
      throwIfCancelled(signal);
    }
  }

  /**
   * @param body - called anew for each attempt
   * @param renew - what ends the request after a question, during which no deadline of the request runs
   */
  async #send(
    method: 'GET' | 'POST',
    remote: HttpRemote,
    path: string,
    headers: Record<string, string>,
    body: (() => Uint8Array | Readable) | undefined,
    signal: AbortSignal | undefined,
    renew: () => AbortSignal | undefined = () => signal,
  ): Promise<Response> {
    throwIfCancelled(signal);
    const { dispatcher, proxy } = this.#route(remote);
    const origin = `${remote.scheme}://${authorityOf(remote)}`;
    // A proxy for plain HTTP gets the whole address in the request line; it is where the connection leads.
    const isForwarded = proxy !== undefined && remote.scheme === 'http';
    try {
      const response = await dispatcher.request({
        origin,
        path: isForwarded ? origin + path : path,
        method,
        headers: {
          'User-Agent': this.#options.userAgent ?? USER_AGENT,
          ...headers,
          ...this.#login.headers(remote),
          ...(isForwarded && proxy.authorization !== undefined ? { 'Proxy-Authorization': proxy.authorization } : {}),
        },
        ...(body ? { body: body() } : {}),
        ...(signal ? { signal } : {}),
        headersTimeout: this.#timeouts.head,
        bodyTimeout: this.#timeouts.idle,
      });
      this.#hasAnswered = true;
      if (response.statusCode !== 407 || proxy === undefined) return response;
      discard(response);
      throw proxyRefusal(407, proxy, authorityOf(remote));
    } catch (error) {
      await this.#settle(error, remote, signal);
      return this.#send(method, remote, path, headers, body, renew(), renew);
    }
  }

  /**
   * After a failure: asks whether a certificate may be trusted, where that was the reason.
   * @throws EngineError `tls-failed` when it may not, and for every other reason
   */
  async #settle(error: unknown, remote: HttpRemote, signal: AbortSignal | undefined): Promise<void> {
    throwIfCancelled(signal);
    const failure = error instanceof ConnectError ? error.cause : error;
    if (!(failure instanceof UntrustedCertificate)) {
      const isPlainStranger = !this.#hasAnswered && remote.scheme === 'http' && this.#route(remote).proxy === undefined;
      throw networkError(error, authorityOf(remote), isPlainStranger);
    }
    const { question } = failure;
    const key = `${question.host} ${question.fingerprint}`;
    const answer = this.#answers.get(key) ?? (await this.#context?.certificate(question)) ?? 'no';
    this.#answers.set(key, answer);
    if (answer === 'no') throw untrusted(question);
  }

  #isTrusted(host: string, fingerprint: string): boolean {
    if (this.#options.isStrict === false) return true;
    const answer = this.#answers.get(`${host} ${fingerprint}`);
    if (answer !== undefined) return answer !== 'no';
    return this.#context?.setting(`cert:${host}`)?.toLowerCase() === fingerprint;
  }

  #route(remote: HttpRemote): Route {
    const key = `${remote.scheme}://${authorityOf(remote)}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const { proxy: option, family, variables } = this.#options;
    const proxy = proxyFor(remote, { option, setting: this.#context?.setting('proxy'), variables });
    const connector = new Connector({
      timeoutMs: this.#timeouts.connect,
      ...(proxy === undefined ? {} : { proxy }),
      ...(family === undefined ? {} : { family }),
      secureContext: () => (this.#secureContext ??= this.#makeSecureContext()),
      isTrusted: (host, fingerprint) => this.#isTrusted(host, fingerprint),
    });
    this.#connectors.push(connector);
    // No keep-alive: Fossil's servers close after every reply, and a connection that went stale would cost a request (fossil.md 1.1).
    const route = { connector, dispatcher: new this.#agentClass({ connect: connector.connect, pipelining: 0 }), proxy };
    this.#routes.set(key, route);
    return route;
  }

  #makeSecureContext(): SecureContext {
    const { variables, certificates, identity } = this.#options;
    return secureContextFor({
      variables,
      certificates,
      caLocation: this.#context?.setting('ssl-ca-location'),
      identity: identity ?? this.#context?.setting('ssl-identity'),
    });
  }
}

/** No code that would make the operation ask for Fossil's own login: it is not what was wanted. */
function declined(remote: HttpRemote, why: string): EngineError {
  return new EngineError(
    'http-status',
    `The web server at ${authorityOf(remote)} wants a user name and a password of its own (HTTP status 401), and ${why}.`,
  );
}
