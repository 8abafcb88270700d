import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { EngineError } from '../errors';
import type { XferResponse } from '../xfer/server';
import { networkError } from './network-error';
import type { RequestHandlers } from './request-handlers';

/** Bytes of a request's body as it travels; beyond: status 413. */
const BODY_LIMIT = 512 * 1024 * 1024;

export interface HttpServerOptions {
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1: nobody but this computer. */
  host?: string;
  bodyLimit?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT/` */
  url: string;
  port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Serves sync messages and JSON over HTTP.
 * @throws EngineError `connection-refused` when the port is taken
 */
export async function serveHttp(handlers: RequestHandlers, options: HttpServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  const limit = options.bodyLimit ?? BODY_LIMIT;
  const server = createServer((request, response) => {
    answer(handlers, request, limit).then(
      (found) => respond(response, found),
      () => response.destroy(),
    );
  });
  await listen(server, options.port, host);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new EngineError('connection-refused', `Port ${port} is taken by another program. Choose another one.`)
          : networkError(error, host),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function answer(handlers: RequestHandlers, request: IncomingMessage, limit: number): Promise<XferResponse> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const contentType = request.headers['content-type'] ?? '';
  if (request.method === 'POST' && contentType.startsWith('application/x-fossil')) {
    const body = await readBody(request, limit);
    return body ? await handlers.xfer({ contentType, body }) : page(413, 'The message is too large for this server.');
  }
  const json = url.pathname.indexOf('/json/');
  if (request.method === 'GET' && json >= 0) {
    const found = await handlers.json?.(url.pathname.slice(json), url.searchParams);
    if (found === undefined) return page(404, 'There is nothing here.');
    return { status: 200, contentType: 'application/json; charset=utf-8', body: Buffer.from(JSON.stringify(found)) };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return page(405, 'This server answers sync messages of Fossil.');
  if (url.pathname !== '/') return page(404, 'There is nothing here.');
  const title = handlers.title ?? 'A Fossil repository';
  return page(200, `${title} is served here. Clone this address with Trilobite or fossil.`);
}

/** @returns undefined when it is longer than the limit */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request) {
    if (!(piece instanceof Uint8Array)) continue;
    size += piece.length;
    if (size > limit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function page(status: number, text: string): XferResponse {
  const escaped = text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  const html = `<!DOCTYPE html><html><head><title>Trilobite</title></head><body><p>${escaped}</p></body></html>\n`;
  return { status, contentType: 'text/html; charset=utf-8', body: Buffer.from(html) };
}

/** Clients up to Fossil 2.28 need Content-Length and expect the connection to end (fossil.md 1.4). */
function respond(response: ServerResponse, { status, contentType, body }: XferResponse): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': body.length, Connection: 'close' });
  response.end(body);
}
