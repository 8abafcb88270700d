import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface TestProxyOptions {
  /** `USER:PASSWORD` that it wants; 407 for everybody else. */
  login?: string;
  /** TLS to the proxy itself. */
  tls?: TlsOptions;
  /** What it answers to CONNECT; default 200. */
  status?: number;
  /** Every host leads to this computer. */
  isGateway?: boolean;
}

/** A proxy on 127.0.0.1: tunnels, and plain requests with the whole address in their first line. */
export class TestProxy {
  private readonly sockets = new Set<Socket>();
  private readonly waiting: (() => void)[] = [];
  /** First lines of what it was asked. */
  public readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly options: TestProxyOptions,
  ) {}

  public static async start(options: TestProxyOptions = {}): Promise<TestProxy> {
    const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    const proxy = new TestProxy(server, options);
    server.on('tlsClientError', () => undefined);
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => proxy.join(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @param login - `USER:PASSWORD@`, or nothing */
  public url(login = ''): string {
    return `${this.options.tls === undefined ? 'http' : 'https'}://${login}127.0.0.1:${this.port}`;
  }

  /** Resolves when no connection is open. */
  public async idle(): Promise<void> {
    while (this.sockets.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  public async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.sockets.delete(socket);
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  private join(client: Socket): void {
    this.track(client);
    let received = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      client.off('data', read);
      client.pause();
      this.lead(client, received.subarray(0, end).toString('latin1'), received.subarray(end));
    };
    client.on('data', read);
  }

  private lead(client: Socket, head: string, rest: Buffer): void {
    const [first = '', ...lines] = head.split('\r\n');
    this.asked.push(first);
    const { login, status = 200, isGateway } = this.options;
    const wanted = `proxy-authorization: basic ${Buffer.from(login ?? '').toString('base64')}`;
    if (login !== undefined && !lines.some((line) => line.toLowerCase() === wanted.toLowerCase())) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const [method = '', target = ''] = first.split(' ');
    const isTunnel = method === 'CONNECT';
    if (isTunnel && status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const url = new URL(isTunnel ? `tunnel://${target}` : target);
    const upstream = connect({ host: isGateway === true ? '127.0.0.1' : url.hostname, port: Number(url.port || 80) });
    this.track(upstream);
    upstream.once('connect', () => {
      if (isTunnel) client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      else
        upstream.write(
          Buffer.concat([
            Buffer.from([`${method} ${url.pathname}${url.search} HTTP/1.0`, ...lines].join('\r\n')),
            rest,
          ]),
        );
      client.pipe(upstream);
      upstream.pipe(client);
    });
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroySoon());
  }
}
