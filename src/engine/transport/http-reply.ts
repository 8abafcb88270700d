import type { Dispatcher } from 'undici';
import { EngineError } from '../errors';
import { authorityOf, type Remote } from '../xfer/remote';
import type { ExchangeReply } from '../xfer/transport';
import { networkError, TransientError } from './network-error';
import { paced } from './pace';
import { isSyncType, notFossil, statusError, truncated, typeWithoutParameters } from './reply-errors';

const ERROR_PAGE_LIMIT = 64 * 1024;
/** A server that wants to be left alone for longer is not waited for. */
const LONGEST_WAIT_MS = 60_000;

/** A response of undici, as far as it is needed. */
export type Response = Dispatcher.ResponseData;

/**
 * @param idleMs - how long any part of the reply may take besides what its bytes allow
 * @throws EngineError for everything but a sync reply
 */
export async function replyOf(response: Response, remote: Remote, idleMs: number): Promise<ExchangeReply> {
  const contentType = typeWithoutParameters(header(response, 'content-type'));
  if (response.statusCode !== 200) throw await failureOf(response, remote, idleMs);
  if (!isSyncType(contentType)) {
    discard(response);
    throw notFossil(remote);
  }
  const length = header(response, 'content-length');
  return {
    contentType,
    ...(length !== undefined && /^\d{1,15}$/.test(length) ? { length: Number(length) } : {}),
    chunks: chunksOf(response, remote, length === undefined ? undefined : Number(length), idleMs),
  };
}

export async function textOfBody(body: AsyncIterable<unknown>, limit: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    pieces.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(pieces).subarray(0, limit).toString('utf8');
}

/** Closes the connection without waiting for the rest; the stream's own complaint about that is of no interest. */
export function discard(response: Response): void {
  response.body.on('error', () => undefined);
  response.body.destroy();
}

export function header(response: Response, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function* chunksOf(
  response: Response,
  remote: Remote,
  length: number | undefined,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  try {
    for await (const chunk of paced(response.body, remote, idleMs)) {
      received += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const failure = networkError(error, authorityOf(remote));
    const isStall = error === failure || isTimeout(error);
    const isCut = failure.code === 'reply-truncated' || (failure.code === 'connection-lost' && !isStall);
    const isShort = isCut && length !== undefined && received < length;
    throw isShort ? truncated(remote, received, length, error) : failure;
  } finally {
    response.body.destroy();
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_BODY_TIMEOUT';
}

async function failureOf(response: Response, remote: Remote, idleMs: number): Promise<EngineError> {
  const host = authorityOf(remote);
  const status = response.statusCode;
  if (status === 401) {
    discard(response);
    if (remote.user === undefined)
      return new EngineError('password-needed', `${host} wants a user name and a password.`);
    return new EngineError('login-failed', `${host} did not accept the user name and password.`);
  }
  const page = await textOfBody(paced(response.body, remote, idleMs), ERROR_PAGE_LIMIT).catch(() => '');
  const error = statusError(status, page, remote);
  const wait = status === 503 || status === 429 ? waitOf(header(response, 'retry-after')) : undefined;
  if (wait === undefined) return error;
  if (wait <= LONGEST_WAIT_MS) return new TransientError('http-status', error.message, wait);
  const minutes = Math.ceil(wait / 60_000);
  return new EngineError(
    'http-status',
    `${error.message.replace(/[^.!?…]$/, '$&.')} It asks to be tried again in ${minutes} minutes.`,
  );
}

/** @returns milliseconds; undefined unless the server named a time */
function waitOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const time = Date.parse(retryAfter);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}
