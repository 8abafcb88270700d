import { utf8 } from '../codec/utf8';
import { BUSY, failure, page, whole, type StreamedResponse } from '../xfer/server';
import type { RequestOrigin } from '../xfer/server-options';
import type { HttpLimits } from './http-limits';
import { HttpRefusal } from './http-refusal';
import { receiveMessage } from './receive-message';
import type { RequestHandlers } from './request-handlers';
import type { SpoolRoom } from './spool-room';

/** A request as far as it concerns one repository. */
export interface RepositoryRequest {
  method: string;
  /** Below the repository's own, empty or beginning with `/`. */
  path: string;
  query: URLSearchParams;
  contentType: string;
  /** Bytes of the body, as announced. */
  length: number | undefined;
  body: AsyncIterable<Uint8Array>;
  origin: RequestOrigin;
}

/** @throws HttpRefusal, EngineError: see {@link refusal} */
export async function answerRequest(
  handlers: RequestHandlers,
  request: RepositoryRequest,
  limits: HttpLimits,
  room: SpoolRoom,
): Promise<StreamedResponse> {
  const { method, contentType } = request;
  if (method === 'POST' && /^application\/x-fossil/i.test(contentType))
    return answerMessage(handlers, request, limits, room);
  if (method === 'GET' || method === 'HEAD') return answerPage(handlers, request);
  return page(405, 'This server answers sync messages of Fossil.', { Allow: 'GET, HEAD, POST' });
}

export function nothingHere(): StreamedResponse {
  return page(404, 'There is nothing here.');
}

/** What is answered when a request failed. */
export function refusal(error: unknown): StreamedResponse {
  if (!(error instanceof HttpRefusal)) return failure(error);
  const isBusy = error.status === 503 || error.status === 429;
  return page(error.status, error.message, isBusy ? BUSY : undefined);
}

async function answerMessage(
  handlers: RequestHandlers,
  { contentType, length, body, origin }: RepositoryRequest,
  limits: HttpLimits,
  room: SpoolRoom,
): Promise<StreamedResponse> {
  const isOpened = handlers.stream !== undefined;
  const message = await receiveMessage(body, isOpened ? contentType : '', length, limits, room);
  try {
    if (handlers.stream) return await handlers.stream({ contentType, message, origin });
    const answer = await handlers.xfer({ contentType, body: Buffer.concat([...message.read()]), origin });
    return whole(answer.status, answer.contentType, answer.body);
  } finally {
    message.close();
  }
}

async function answerPage(
  handlers: RequestHandlers,
  { path, query, origin }: RepositoryRequest,
): Promise<StreamedResponse> {
  const json = path.indexOf('/json/');
  if (json >= 0) {
    const found = await handlers.json?.(path.slice(json), query, origin);
    if (found === undefined) return nothingHere();
    return whole(200, 'application/json; charset=utf-8', utf8(JSON.stringify(found)));
  }
  if (path !== '/' && path !== '') return nothingHere();
  const title = handlers.title ?? 'A Fossil repository';
  return page(200, `${title} is served here. Clone this address with Trilobite or fossil.`);
}
