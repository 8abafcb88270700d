import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/**
 * Stands before a server on 127.0.0.1 and holds its replies back on demand, so that what is shown while something is under way can be looked
 * at without waiting for a lucky moment; or cuts them off, as a lost network does; and counts what passes.
 */
export class HoldingProxy {
  /** How many more bytes of replies pass; undefined: all. */
  private allowance: number | undefined;
  /** After how many more bytes of replies every connection is cut; undefined: never. */
  private untilCut: number | undefined;
  private readonly clients = new Set<Socket>();
  /** Bytes of replies that have passed. */
  public bytes = 0;
  /** Connections so far: `fossil server` closes each after its reply. */
  public connections = 0;
  /** Clients whose server has said all while some of it is held. */
  private readonly ended = new Set<Socket>();
  private readonly held: { readonly upstream: Socket; readonly client: Socket; readonly chunk: Buffer }[] = [];

  private constructor(
    private readonly server: Server,
    /** `http://127.0.0.1:PORT/`, or `https:` */
    public readonly url: string,
  ) {}

  /**
   * @param port - of the server behind it
   * @param tls - speaks TLS to its clients, and none to the server
   */
  public static async start(port: number, tls?: TlsOptions): Promise<HoldingProxy> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: own } = server.address() as AddressInfo;
    const proxy = new HoldingProxy(server, `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${own}/`);
    server.on(tls === undefined ? 'connection' : 'secureConnection', (client: Socket) => proxy.join(client, port));
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

  /** Loses the network when that many more bytes of replies have passed: all connections are cut, and new ones at once, until `mend`. */
  public cutAfter(bytes: number): void {
    this.untilCut = bytes;
  }

  /** The network is back. */
  public mend(): void {
    this.untilCut = undefined;
  }

  public async stop(): Promise<void> {
    this.release();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, port: number): void {
    if (this.untilCut === 0) {
      client.destroy();
      return;
    }
    this.connections++;
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
    const upstream = connect({ port, host: '127.0.0.1' });
    client.on('data', (chunk: Buffer) => upstream.write(chunk));
    client.on('end', () => upstream.end());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    upstream.on('end', () => {
      if (this.held.some((each) => each.client === client)) this.ended.add(client);
      else client.end();
    });
    upstream.on('data', (chunk: Buffer) => this.pass(chunk, upstream, client));
  }

  private passHeld(): void {
    for (const { upstream, client, chunk } of this.held.splice(0)) {
      upstream.resume();
      this.pass(chunk, upstream, client);
    }
  }

  private pass(chunk: Buffer, upstream: Socket, client: Socket): void {
    if (this.untilCut !== undefined && this.untilCut <= chunk.length) {
      this.bytes += this.untilCut;
      client.write(chunk.subarray(0, this.untilCut));
      this.untilCut = 0;
      for (const each of this.clients) each.destroySoon();
      return;
    }
    const passing = this.allowance === undefined ? chunk : chunk.subarray(0, this.allowance);
    client.write(passing);
    this.bytes += passing.length;
    if (this.untilCut !== undefined) this.untilCut -= passing.length;
    if (this.allowance !== undefined) {
      this.allowance -= passing.length;
    }
    if (passing.length < chunk.length) {
      upstream.pause();
      this.held.push({ upstream, client, chunk: chunk.subarray(passing.length) });
    } else if (this.ended.delete(client)) {
      client.end();
    }
  }
}
