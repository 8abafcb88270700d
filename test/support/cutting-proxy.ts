import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type Direction = 'request' | 'reply';

/** Stands before a server on 127.0.0.1 and, when told to, loses one connection at an exact byte; the next ones go through. */
export class CuttingProxy {
  private cut: { direction: Direction; after: number } | undefined;
  private readonly sockets = new Set<Socket>();
  /** Connections that were lost. */
  public cuts = 0;

  private constructor(
    private readonly server: Server,
    public readonly port: number,
  ) {}

  /** @param port - of the server behind it */
  public static async start(port: number): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new CuttingProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.join(client, port));
    return proxy;
  }

  /** Loses the connection on which that many more bytes, over all connections, have passed in one direction. */
  public cutAfter(direction: Direction, bytes: number): void {
    this.cut = { direction, after: bytes };
  }

  /** No more cuts. */
  public mend(): void {
    this.cut = undefined;
  }

  public async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, port: number): void {
    const upstream = connect({ port, host: '127.0.0.1' });
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroySoon();
        upstream.destroySoon();
      });
    }
    client.on('data', (chunk: Buffer) => this.pass('request', chunk, client, upstream));
    upstream.on('data', (chunk: Buffer) => this.pass('reply', chunk, client, upstream));
    upstream.on('end', () => client.end());
  }

  private pass(direction: Direction, chunk: Buffer, client: Socket, upstream: Socket): void {
    const to = direction === 'request' ? upstream : client;
    const cut = this.cut?.direction === direction ? this.cut : undefined;
    if (cut === undefined || cut.after > chunk.length) {
      if (cut !== undefined) cut.after -= chunk.length;
      to.write(chunk);
      return;
    }
    this.cut = undefined;
    this.cuts++;
    to.write(chunk.subarray(0, cut.after));
    client.destroySoon();
    upstream.destroySoon();
  }
}
