import type { IncomingMessage, ServerResponse } from 'node:http';
import { page, type StreamedResponse } from '../xfer/server';
import { Admission } from './admission';
import { answerRequest, nothingHere, refusal } from './answer-request';
import { addressOf, arrivalOf, bodyInTime, type Arrival } from './http-arrival';
import { limitsOf, type HttpLimits } from './http-limits';
import { sendResponse } from './http-response';
import type { FoundHandlers, Site } from './request-handlers';
import { SpoolRoom } from './spool-room';

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
 * const listener = requestListener(singleSite(repositoryHandlers(repository)), { mount: '/code' });
 * createServer((request, response) => {
 *   if (!listener(request, response)) otherRoutes(request, response);
 * });
 * ```
 *
 * The time for header lines and the number of connections are the server's own limits; the others are {@link HttpLimits}.
 */
export function requestListener(site: Site, options: ListenerOptions = {}): RequestListener {
  const limits = limitsOf(options.limits);
  const [admission, room] = [new Admission(limits), new SpoolRoom(limits.spoolBytes)];
  const mount = (options.mount ?? '').replace(/\/+$/, '');
  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '';
    if (mount !== '' && path !== mount && !path.startsWith(`${mount}/`)) return false;
    void answer({ site, limits, admission, room, mount }, request, response);
    return true;
  };
}

interface Desk {
  site: Site;
  limits: HttpLimits;
  admission: Admission;
  room: SpoolRoom;
  mount: string;
}

async function answer(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { site, limits, admission } = desk;
  let leave: (() => void) | undefined;
  let found: FoundHandlers | undefined;
  let answered: StreamedResponse | undefined;
  try {
    try {
      leave = admission.admit(addressOf(request));
      const arrival = arrivalOf(request);
      const path = arrival.path.slice(desk.mount.length);
      found = await site.find(path === '' ? '/' : path);
      answered = found === undefined ? nothingHere() : await answerFound(found, request, { ...arrival, path }, desk);
    } catch (error) {
      answered = refusal(error);
    }
    await sendResponse(request, response, answered, limits);
  } catch {
    // What was promised cannot be sent whole: the client must see that.
    response.destroy();
  } finally {
    answered?.close();
    found?.release();
    leave?.();
  }
}

async function answerFound(
  { handlers, prefix }: FoundHandlers,
  request: IncomingMessage,
  arrival: Arrival,
  { mount, limits, room }: Desk,
): Promise<StreamedResponse> {
  const { path, query, contentType, isSecure, base, target, origin } = arrival;
  if (handlers.requiresHttps === true && !isSecure)
    return page(301, 'Use https.', { Location: `${base.replace(/^http:/, 'https:')}${target}` });
  const announced = request.headers['content-length'];
  const call = {
    method: request.method ?? '',
    path: path.slice(prefix.length),
    query,
    contentType,
    length: announced === undefined ? undefined : Number(announced),
    body: bodyInTime(request, limits),
    origin: { ...origin, url: base + mount + prefix },
  };
  return answerRequest(handlers, call, limits, room);
}
