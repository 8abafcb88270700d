import type { IncomingMessage, ServerResponse } from 'node:http';
import { utf8 } from '../codec/utf8';
import { failure, page, whole, type StreamedResponse, type XferResponse } from '../xfer/server';
import { Admission } from './admission';
import { addressOf, arrivalOf, bodyInTime, type Arrival } from './http-arrival';
import { HTTP_LIMITS, type HttpLimits } from './http-limits';
import { HttpRefusal } from './http-refusal';
import { sendResponse } from './http-response';
import { receiveMessage } from './receive-message';
import type { FoundHandlers, RequestHandlers, Site } from './request-handlers';

const RETRY_AFTER_SECONDS = '5';

export interface ListenerOptions {
  limits?: Partial<HttpLimits>;
  /** Where the site is mounted, such as `/code`; requests elsewhere are not answered. Default: everywhere. */
  mount?: string;
}

/** Answers a request. @returns false, having done nothing, when it belongs to somebody else's route */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * What answers sync messages, `/json/stat` and `/json/version` on a server of `node:http` or `node:https`, alone or beside other routes:
 *
 * ```ts
 * const listener = requestListener(site, { mount: '/code' });
 * createServer((request, response) => {
 *   if (!listener(request, response)) otherRoutes(request, response);
 * });
 * ```
 *
 * Time for header lines and the number of connections are the server's own limits; see {@link HttpLimits} for the others.
 */
export function requestListener(site: Site, options: ListenerOptions = {}): RequestListener {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const admission = new Admission(limits);
  const mount = (options.mount ?? '').replace(/\/+$/, '');
  return (request, response) => {
    const target = request.url ?? '/';
    if (mount !== '' && !new RegExp(`^${escaped(mount)}(?:[/?]|$)`).test(target)) return false;
    void answer(site, request, response, { limits, admission, mount });
    return true;
  };
}

interface Desk {
  limits: HttpLimits;
  admission: Admission;
  mount: string;
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse, desk: Desk): Promise<void> {
  let found: FoundHandlers | undefined;
  let leave = (): void => undefined;
  let answered: StreamedResponse | undefined;
  try {
    try {
      leave = desk.admission.admit(addressOf(request));
      const arrival = arrivalOf(request);
      arrival.path = arrival.path.slice(desk.mount.length) || '/';
      found = site.find(arrival.path);
      answered = found === undefined ? nothingHere() : await answerFound(found, request, arrival, desk.limits);
    } catch (error) {
      answered = refusalOf(error);
    }
    await sendResponse(request, response, answered, desk.limits);
  } catch {
    // What was promised cannot be sent whole: the client must see that.
    response.destroy();
  } finally {
    answered?.close();
    found?.release();
    leave();
  }
}

async function answerFound(
  { handlers, prefix }: FoundHandlers,
  request: IncomingMessage,
  arrival: Arrival,
  limits: HttpLimits,
): Promise<StreamedResponse> {
  const { contentType, isSecure, base, target } = arrival;
  if (handlers.requiresHttps === true && !isSecure)
    return page(301, 'Use https.', { Location: `${base.replace(/^http:/, 'https:')}${target}` });
  if (request.method === 'POST' && /^application\/x-fossil/i.test(contentType)) {
    arrival.origin.url = base + prefix;
    return answerMessage(handlers, request, arrival, limits);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return page(405, 'This server answers sync messages of Fossil.', { Allow: 'GET, HEAD, POST' });
  return answerPage(handlers, arrival, arrival.path.slice(prefix.length));
}

async function answerMessage(
  handlers: RequestHandlers,
  request: IncomingMessage,
  { contentType, origin }: Arrival,
  limits: HttpLimits,
): Promise<StreamedResponse> {
  const announced = request.headers['content-length'];
  const length = announced === undefined ? undefined : Number(announced);
  const body = bodyInTime(request, limits);
  if (handlers.stream === undefined) {
    const plain = await receiveMessage(body, '', length, limits);
    try {
      return streamedOf(await handlers.xfer({ contentType, body: Buffer.concat([...plain.read()]), origin }));
    } finally {
      plain.close();
    }
  }
  const message = await receiveMessage(body, contentType, length, limits);
  try {
    return handlers.stream({ contentType, message, origin });
  } finally {
    message.close();
  }
}

async function answerPage(handlers: RequestHandlers, arrival: Arrival, path: string): Promise<StreamedResponse> {
  const json = path.indexOf('/json/');
  if (json >= 0) {
    const found = await handlers.json?.(path.slice(json), arrival.query, arrival.origin);
    return found === undefined
      ? nothingHere()
      : whole(200, 'application/json; charset=utf-8', utf8(JSON.stringify(found)));
  }
  if (path !== '/' && path !== '') return nothingHere();
  const title = handlers.title ?? 'A Fossil repository';
  return page(200, `${title} is served here. Clone this address with Trilobite or fossil.`);
}

function streamedOf({ status, contentType, body }: XferResponse): StreamedResponse {
  return whole(status, contentType, body);
}

function nothingHere(): StreamedResponse {
  return page(404, 'There is nothing here.');
}

function refusalOf(error: unknown): StreamedResponse {
  if (isDiskFull(error)) return page(507, 'The disk of the server is full. Its owner has to make room.');
  if (!(error instanceof HttpRefusal)) return failure(error);
  const later = error.status === 503 || error.status === 429;
  return page(error.status, error.message, later ? { 'Retry-After': RETRY_AFTER_SECONDS } : undefined);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
