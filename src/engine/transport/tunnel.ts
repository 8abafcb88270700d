import type { Socket } from 'node:net';
import { EngineError } from '../errors';
import type { Proxy } from './proxy';

/** A proxy's answer is a status line and a few headers; the status is known by then, and nobody needs the rest. */
const HEAD_LIMIT = 64 * 1024;

/**
 * Asks a proxy for a tunnel to a server (CONNECT). What the connection carries next is the server's.
 * @throws EngineError `proxy-failed`; whatever breaks the connection
 */
export async function openTunnel(socket: Socket, target: { host: string; port: number }, proxy: Proxy): Promise<void> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const authorization = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(await headOf(socket))?.[1] ?? 0);
  if (status < 200 || status > 299) throw proxyRefusal(status, proxy, authority);
}

/** @param target - what was to be reached, for the sentence */
export function proxyRefusal(status: number, { host, port }: Proxy, target: string): EngineError {
  if (status === 407)
    return new EngineError(
      'proxy-failed',
      `The proxy ${host}:${port} wants a user name and a password, or does not accept those it got. Put them into its address: http://USER:PASSWORD@${host}:${port}.`,
    );
  const said = status === 0 ? 'with something that is no HTTP' : `with HTTP status ${status}`;
  return new EngineError('proxy-failed', `The proxy ${host}:${port} does not lead to ${target}: it answered ${said}.`);
}

/** Reads up to the empty line. No server behind a tunnel speaks first, so nothing follows it yet. */
function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const settle = (error?: Error): void => {
      socket.off('readable', read).off('error', settle).off('close', close);
      if (error === undefined) resolve(head);
      else reject(error);
    };
    const close = (): void => settle(Object.assign(new Error('closed by the proxy'), { code: 'ECONNRESET' }));
    const read = (): void => {
      for (let chunk: unknown = socket.read(); chunk instanceof Buffer; chunk = socket.read()) {
        head += chunk.toString('latin1');
        if (!head.includes('\r\n\r\n') && head.length < HEAD_LIMIT) continue;
        settle();
        return;
      }
    };
    socket.on('readable', read).once('error', settle).once('close', close);
    read();
  });
}
