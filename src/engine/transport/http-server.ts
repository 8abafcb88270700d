import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { EngineError } from '../errors';
import { LONGEST_TIMER } from './http-arrival';
import { limitsOf, type HttpLimits } from './http-limits';
import { requestListener } from './http-listener';
import { networkError } from './network-error';
import { singleSite, type RequestHandlers, type Site } from './request-handlers';

export interface HttpServerOptions {
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1: nobody but this computer. */
  host?: string;
  limits?: Partial<HttpLimits>;
  /** Serves https with it, PEM. */
  tls?: { certificate: Uint8Array; key: Uint8Array };
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT/` */
  url: string;
  port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Serves sync messages and JSON over HTTP, of one repository or of a site of several.
 * @throws EngineError `connection-refused` when the port is taken, `tls-failed` when certificate and key are not usable
 */
export async function serveHttp(served: RequestHandlers | Site, options: HttpServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  const limits = limitsOf(options.limits);
  const listener = requestListener('find' in served ? served : singleSite(served), { limits });
  const server = create(options, {
    headersTimeout: limits.headerMs,
    // Bodies have their own limit, which knows how much has come.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(Math.max(10, limits.headerMs / 4), LONGEST_TIMER),
  });
  server.maxConnections = limits.connections;
  server.on('request', listener);
  await listen(server, options.port, host);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function create({ tls }: HttpServerOptions, options: ServerOptions): Server | SecureServer {
  if (tls === undefined) return createServer(options);
  try {
    return createSecureServer({ ...options, cert: Buffer.from(tls.certificate), key: Buffer.from(tls.key) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw new EngineError(
      'tls-failed',
      `The certificate and its key cannot be used (${reason}). Both must be PEM files.`,
      {
        cause,
      },
    );
  }
}

function listen(server: Server | SecureServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const sentence = listenProblem(error.code, port, host);
      reject(
        sentence === undefined
          ? networkError(error, host)
          : new EngineError('connection-refused', sentence, { cause: error }),
      );
    });
    server.listen(port, host, resolve);
  });
}

/** Why nobody can listen there, where the reasons are other ones than those for not connecting. */
function listenProblem(code: string | undefined, port: number, host: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program. Choose another one.`;
    case 'EACCES':
      return `You may not listen on port ${port}. Choose one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is no address of this computer. Name one of its own, or 0.0.0.0 for all.`;
    default:
      return undefined;
  }
}
