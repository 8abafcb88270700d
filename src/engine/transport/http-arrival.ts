import type { IncomingMessage } from 'node:http';
import type { RequestOrigin } from '../xfer/server-options';
import { HttpRefusal } from './http-refusal';
import type { HttpLimits } from './http-limits';

/** Milliseconds; a timer that is set to more fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** A request's address and what came with it besides the body. */
export interface Arrival {
  /** Decoded, begins with `/`. */
  path: string;
  query: URLSearchParams;
  contentType: string;
  isSecure: boolean;
  /** `https://host:port`, as the client has written it. */
  base: string;
  /** Path and query as they came. */
  target: string;
  origin: RequestOrigin;
}

/** @throws HttpRefusal 400 */
export function arrivalOf(request: IncomingMessage): Arrival {
  const target = request.url?.startsWith('/') === true ? request.url : '/';
  const [bare = '/', ...query] = target.split('?');
  const isSecure = 'encrypted' in request.socket;
  const parameters = new URLSearchParams(query.join('?'));
  const loginCard = cookieNamed(request.headers.cookie ?? '', 'x-f-l-c') ?? parameters.get('x-f-l-c') ?? undefined;
  const { authorization, host = 'localhost' } = request.headers;
  return {
    path: decoded(bare),
    query: parameters,
    contentType: request.headers['content-type'] ?? '',
    isSecure,
    base: `${isSecure ? 'https' : 'http'}://${host}`,
    target,
    origin: {
      address: addressOf(request),
      ...(loginCard === undefined ? {} : { loginCard }),
      ...(authorization === undefined ? {} : { authorization }),
    },
  };
}

/** Of the client, an IPv4 address in its own form. */
export function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

/**
 * A request's body, which must not come slower than allowed.
 * @throws HttpRefusal 408; 400 when the client goes away
 */
export async function* bodyInTime(request: IncomingMessage, limits: HttpLimits): AsyncGenerator<Uint8Array, void> {
  const begin = performance.now();
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  let stopWaiting = (): void => undefined;
  const giveUp = (): void => {
    isLate = true;
    stopWaiting();
  };
  const wind = (): void => {
    clearTimeout(timer);
    const left = limits.bodyMs + (1000 * bytes) / limits.bodyRate - (performance.now() - begin);
    timer = setTimeout(giveUp, Math.min(left, LONGEST_TIMER));
  };
  // Leaving the loop early must not close the connection: the refusal is still to be sent.
  const pieces: AsyncIterator<Uint8Array> = request.iterator({ destroyOnReturn: false });
  // Each wait is a promise of its own: one that outlived them all would hold on to every piece that they brought.
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      const refuse = (): void =>
        reject(new HttpRefusal(408, 'The message came too slowly. Try again over a better connection.'));
      if (isLate) {
        refuse();
        return;
      }
      stopWaiting = refuse;
      pieces.next().then(resolve, () => {
        reject(new HttpRefusal(400, 'The connection broke before the whole message was there.'));
      });
    });
  try {
    wind();
    for (let step = await next(); step.done !== true; step = await next()) {
      bytes += step.value.length;
      wind();
      yield step.value;
    }
  } finally {
    clearTimeout(timer);
  }
}

function cookieNamed(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const [key, ...value] = part.split('=');
    if (key?.trim() === name) return decoded(value.join('=').trim().replaceAll('+', ' '));
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpRefusal(400, 'The address of the request is not valid.');
  }
}
