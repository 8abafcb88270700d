import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands before a server on 127.0.0.1 and holds its replies back on demand, so that what is shown while something is under way can be looked
 * at without waiting for a lucky moment.
 */
export class HoldingProxy {
  /** How many more bytes of replies pass; undefined: all. */
  private allowance: number | undefined;
  private readonly held: { readonly upstream: Socket; readonly client: Socket; readonly chunk: Buffer }[] = [];

  private constructor(
    private readonly server: Server,
    /** `http://127.0.0.1:PORT/` */
    public readonly url: string,
  ) {}

  /** @param port - of the server behind it */
  public static async start(port: number): Promise<HoldingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: own } = server.address() as AddressInfo;
    const proxy = new HoldingProxy(server, `http://127.0.0.1:${own}/`);
    server.on('connection', (client) => proxy.join(client, port));
    return proxy;
  }

  /** Lets that many bytes of replies pass, and holds what follows. */
  public holdAfter(bytes: number): void {
    this.allowance = bytes;
    this.passHeld();
  }

  /** Lets everything pass again. */
  public release(): void {
    this.allowance = undefined;
    this.passHeld();
  }

  public async stop(): Promise<void> {
    this.release();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, port: number): void {
    const upstream = connect({ port, host: '127.0.0.1' });
    client.on('data', (chunk: Buffer) => upstream.write(chunk));
    client.on('end', () => upstream.end());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    upstream.on('end', () => client.end());
    upstream.on('data', (chunk: Buffer) => this.pass(chunk, upstream, client));
  }

  private passHeld(): void {
    for (const { upstream, client, chunk } of this.held.splice(0)) {
      upstream.resume();
      this.pass(chunk, upstream, client);
    }
  }

  private pass(chunk: Buffer, upstream: Socket, client: Socket): void {
    const passing = this.allowance === undefined ? chunk : chunk.subarray(0, this.allowance);
    client.write(passing);
    if (this.allowance !== undefined) {
      this.allowance -= passing.length;
    }
    if (passing.length < chunk.length) {
      upstream.pause();
      this.held.push({ upstream, client, chunk: chunk.subarray(passing.length) });
    }
  }
}
