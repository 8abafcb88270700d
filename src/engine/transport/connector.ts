import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { certificateOf, UntrustedCertificate } from './certificate-check';
import { ConnectError } from './network-error';
import type { Proxy } from './proxy';
import { openTunnel } from './tunnel';

/** How long one of a host's several addresses is tried before the next one. */
const NEXT_ADDRESS_MS = 1000;

export interface ConnectorOptions {
  /** For everything until the first byte of a request may go out: name, address, tunnel, TLS. */
  timeoutMs: number;
  proxy?: Proxy;
  /** Only that kind of addresses. */
  family?: 4 | 6;
  /** Called when TLS is first needed: making it means reading some hundred certificates. */
  secureContext: () => SecureContext;
  /** Whether a certificate counts though nobody vouches for it whom this computer trusts. */
  isTrusted: (host: string, fingerprint: string) => boolean;
}

/** Makes the connections of a session: direct, through a proxy, through a tunnel, with TLS; and ends them all. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #sockets = new Set<Socket>();
  #isClosed = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** In the form that undici's dispatchers take. Fails with ConnectError alone. */
  readonly connect: buildConnector.connector = (target, callback) => {
    this.#connect(target).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };

  /** A connection with TLS that is ended at once. @throws ConnectError */
  async greet({ host, port }: { host: string; port: number }): Promise<void> {
    (await this.#connect({ hostname: host, port: String(port), protocol: 'https:' })).destroy();
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(endpoint: Pick<buildConnector.Options, 'hostname' | 'port' | 'protocol'>): Promise<Socket> {
    const { hostname, port, protocol } = endpoint;
    const { proxy, timeoutMs, family } = this.#options;
    const isSecure = protocol === 'https:';
    const target = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    };
    const attempt = new Attempt(this.#sockets, timeoutMs);
    let peer = proxy === undefined ? undefined : `The proxy ${proxy.host}:${proxy.port}`;
    try {
      let socket = await attempt.open(proxy ?? target, family);
      if (proxy?.isSecure === true) socket = await this.#secure(attempt, socket, proxy.host);
      if (proxy !== undefined && isSecure) await openTunnel(socket, target, proxy);
      peer = undefined;
      if (isSecure) socket = await this.#secure(attempt, socket, target.host);
      if (this.#isClosed) throw new Error('closed meanwhile');
      attempt.succeed();
      return socket;
    } catch (error) {
      throw new ConnectError(attempt.fail(error), peer);
    }
  }

  /**
   * TLS on a connection. Verification is left to us, so that the certificate can be looked at.
   * @throws UntrustedCertificate
   */
  async #secure(attempt: Attempt, socket: Socket, host: string): Promise<TLSSocket> {
    const { secureContext, isTrusted } = this.#options;
    const secured = connectTls({
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      secureContext: secureContext(),
      rejectUnauthorized: false,
    });
    await attempt.until(secured, 'secureConnect');
    if (!secured.authorized) {
      const question = certificateOf(secured, host);
      if (!isTrusted(host, question.fingerprint)) throw new UntrustedCertificate(question);
    }
    return secured;
  }
}

/** One connection in the making, against the clock. */
class Attempt {
  readonly #sockets: Set<Socket>;
  /** The outermost: ending a TLS socket ends the one below, and must not come after it. */
  #socket: Socket | undefined;
  readonly #timer: NodeJS.Timeout;
  #isLate = false;

  constructor(sockets: Set<Socket>, timeoutMs: number) {
    this.#sockets = sockets;
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#socket?.destroy();
    }, timeoutMs);
  }

  async open({ host, port }: { host: string; port: number }, family: 4 | 6 | undefined): Promise<Socket> {
    const socket = connectSocket({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      ...(family === undefined
        ? { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS }
        : { family }),
    });
    await this.until(socket, 'connect');
    return socket;
  }

  /** Waits for `event`; the socket counts as one of this attempt from now on. */
  until(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
    if (this.#socket !== undefined) this.#sockets.delete(this.#socket);
    this.#socket = socket;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        socket.off(event, succeed).off('error', settle).off('close', close);
        if (error === undefined) resolve();
        else reject(error);
      };
      const succeed = (): void => settle();
      const close = (): void => settle(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
      socket.once(event, succeed).once('error', settle).once('close', close);
    });
  }

  succeed(): void {
    clearTimeout(this.#timer);
  }

  /** @returns what really happened: too late is too late, whatever broke then */
  fail(error: unknown): unknown {
    clearTimeout(this.#timer);
    this.#socket?.on('error', () => undefined).destroy();
    return this.#isLate ? Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }) : error;
  }
}
