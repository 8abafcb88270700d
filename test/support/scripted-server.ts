import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unpackContainer } from '../../src/engine/codec/container';
import { nodeZlib } from '../../src/engine/platform/zlib-node';

/** One answer of a server that says what it is told to. */
export interface ScriptedReply {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** Default: plain. */
  contentType?: string;
  body: string | Uint8Array;
  /** What Content-Length tells instead of the truth; `none`: it does not tell. */
  length?: number | 'none';
}

/**
 * @param round - 1 is the first message
 * @param message - what the client sent, out of its container, as Latin-1
 */
export type Script = (round: number, message: string) => ScriptedReply;

/** An HTTP server whose answers are written by a test: malformed, endless or forged as needed. */
export class ScriptedServer {
  private script: Script = () => ({ body: '' });
  /** Messages so far. */
  public rounds = 0;

  private constructor(
    private readonly server: Server,
    public readonly url: string,
  ) {}

  public static async start(): Promise<ScriptedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const scripted = new ScriptedServer(server, `http://127.0.0.1:${port}/`);
    server.on('request', (request, response) => void scripted.answer(request, response));
    return scripted;
  }

  /** From now on answers by another script, from its first round on. */
  public play(script: Script): void {
    this.script = script;
    this.rounds = 0;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of request) if (piece instanceof Uint8Array) pieces.push(piece);
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    const message = Buffer.from(unpackContainer(nodeZlib, Buffer.concat(pieces))).toString('latin1');
    const { status = 200, headers = {}, contentType, body, length } = this.script(++this.rounds, message);
    const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
    response.writeHead(status, {
      'Content-Type': contentType ?? 'application/x-fossil-uncompressed',
      ...(length === 'none' ? {} : { 'Content-Length': length ?? bytes.length }),
      Connection: 'close',
      ...headers,
    });
    // What is shorter than it was said to be ends with the connection.
    response.write(bytes, () => (length === undefined || length === 'none' ? response.end() : response.destroy()));
  }
}
