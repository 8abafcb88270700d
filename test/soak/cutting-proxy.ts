import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Seeded } from '../support/seeded';

/** Of so many connections one is cut. */
const ODDS = 3;
/** Before so many bytes have passed in the direction that is cut. */
const LATEST_CUT = 1500;

/** Stands before a server on 127.0.0.1 and cuts connections at random, in either direction, until it is mended. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #seeded: Seeded;
  readonly #sockets = new Set<Socket>();
  #isMended = false;
  /** Connections that were cut. */
  cuts = 0;

  private constructor(server: Server, seeded: Seeded) {
    this.#server = server;
    this.#seeded = seeded;
  }

  /** @param port - of the server behind it */
  static async start(port: number, seeded: Seeded): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new CuttingProxy(server, seeded);
    server.on('connection', (client) => proxy.#join(client, port));
    return proxy;
  }

  /** `http://127.0.0.1:PORT/` */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** From now on everything passes. */
  mend(): void {
    this.#isMended = true;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, port: number): void {
    const upstream = connect({ port, host: '127.0.0.1' });
    const isCut = !this.#isMended && this.#seeded.below(ODDS) === 0;
    const cutsReply = this.#seeded.below(2) === 0;
    const at = this.#seeded.below(LATEST_CUT);
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroySoon();
        upstream.destroySoon();
      });
    }
    this.#carry(client, upstream, isCut && !cutsReply ? at : Infinity);
    this.#carry(upstream, client, isCut && cutsReply ? at : Infinity);
  }

  #carry(from: Socket, to: Socket, until: number): void {
    let left = until;
    from.on('data', (chunk: Buffer) => {
      to.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      this.cuts++;
      from.destroy();
    });
    from.on('end', () => to.end());
  }
}
