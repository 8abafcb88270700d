import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { RequestHandlers } from '../../src/engine/transport/request-handlers';

const DRIP_MS = 20;

/** What happens to every reply of a {@link WireServer}. */
export interface WireFaults {
  /** How many bytes of its body leave; undefined: not even the head does. */
  bytes?: number;
  /** The connection ends then, or nothing happens any more, or a byte comes now and then. */
  then: 'close' | 'stall' | 'drip';
}

export interface WireOptions {
  faults?: WireFaults;
  tls?: TlsOptions;
  /** As `fossil test-http` over ssh: one connection for all messages, and another status line. */
  isSsh?: boolean;
}

/** Speaks just enough HTTP on sockets of its own, and breaks it byte by byte. */
export class WireServer {
  private readonly sockets = new Set<Socket>();
  private readonly waiting: (() => void)[] = [];
  /** Connections so far. */
  public connections = 0;

  private constructor(
    private readonly server: Server,
    private readonly handlers: RequestHandlers,
    private readonly options: WireOptions,
  ) {}

  public static async start(handlers: RequestHandlers, options: WireOptions = {}): Promise<WireServer> {
    const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    const wire = new WireServer(server, handlers, options);
    server.on('connection', (socket: Socket) => wire.watch(socket));
    server.on('tlsClientError', () => undefined);
    server.on(
      options.tls === undefined ? 'connection' : 'secureConnection',
      (socket: Socket) => void wire.serve(socket),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resolves when no connection is open. */
  public async idle(): Promise<void> {
    while (this.sockets.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** How many connections are open. */
  public get open(): number {
    return this.sockets.size;
  }

  public async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private watch(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.sockets.delete(socket);
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  private async serve(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        const head = received.subarray(0, Math.max(end, 0)).toString('latin1');
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        if (end < 0 || received.length < end + 4 + length) break;
        const body = received.subarray(end + 4, end + 4 + length);
        received = received.subarray(end + 4 + length);
        await this.answer(socket, head, body);
      }
    }
  }

  private async answer(socket: Socket, head: string, body: Uint8Array): Promise<void> {
    const { faults, isSsh } = this.options;
    const reply = await this.replyTo(head, body);
    const statusLine = isSsh === true ? `Status: ${reply.status} OK` : `HTTP/1.0 ${reply.status} OK`;
    const lines = [statusLine, `Content-Type: ${reply.contentType}`, `Content-Length: ${reply.body.length}`, '', ''];
    if (faults === undefined || faults.bytes !== undefined) {
      socket.write(lines.join('\r\n'));
      socket.write(reply.body.subarray(0, faults?.bytes));
    }
    if (faults?.then === 'drip') drip(socket, reply.body.subarray(faults.bytes));
    if (faults?.then === 'stall' || faults?.then === 'drip') return;
    if (faults?.then === 'close' || isSsh !== true) socket.end();
  }

  private async replyTo(
    head: string,
    body: Uint8Array,
  ): Promise<{ status: number; contentType: string; body: Uint8Array }> {
    const [, method, target = ''] = /^(\S+) (\S+)/.exec(head) ?? [];
    const contentType = /^content-type: ([^\r]*)/im.exec(head)?.[1] ?? '';
    if (method === 'POST') return this.handlers.xfer({ contentType, body: Uint8Array.from(body) });
    const { pathname, searchParams } = new URL(target, 'http://localhost');
    const found = await this.handlers.json?.(pathname, searchParams);
    if (found === undefined) return { status: 404, contentType: 'text/html', body: Buffer.from('Nothing here') };
    return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(found)) };
  }
}

function drip(socket: Socket, bytes: Uint8Array): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}
