import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamedResponse } from '../xfer/server';
import { LONGEST_TIMER } from './http-arrival';
import type { HttpLimits } from './http-limits';

/** After a refusal so much of the rest of a body is still read, so that the client hears why instead of a broken connection. */
const LINGER_BYTES = 64 * 1024 * 1024;

/**
 * Sends an answer at the speed at which the client takes it. Clients up to Fossil 2.28 need Content-Length (fossil.md 1.4).
 * @throws Error when the client takes nothing for too long, or the answer cannot be read to its end
 */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: StreamedResponse,
  limits: HttpLimits,
): Promise<void> {
  const { status, contentType, length, headers } = answer;
  const isUnread = !request.complete;
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': length,
    ...headers,
    ...(isUnread ? { Connection: 'close' } : {}),
  });
  if (request.method !== 'HEAD') {
    // While one piece is on its way the next is read.
    let sent: Promise<void> = Promise.resolve();
    for (const piece of answer.pieces()) {
      await sent;
      if (response.destroyed) return;
      if (!response.write(piece)) sent = drained(response, limits.stallMs);
      // Reading the next piece may fail before anybody waits for this one.
      sent.catch(() => undefined);
    }
    await sent;
  }
  if (isUnread) await discardRest(request, limits.lingerMs);
  response.end();
}

function drained(response: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => settle(() => reject(new Error('The client takes nothing.')));
    const timer = setTimeout(giveUp, Math.min(stallMs, LONGEST_TIMER));
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onClose);
      then();
    };
    const onDrain = (): void => settle(resolve);
    const onClose = (): void => settle(() => reject(new Error('The client has gone.')));
    response.on('drain', onDrain).on('close', onClose);
  });
}

function discardRest(request: IncomingMessage, lingerMs: number): Promise<void> {
  if (request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const end = (): void => {
      clearTimeout(timer);
      request.off('data', count).off('end', end).off('close', end).off('error', end);
      resolve();
    };
    const count = (piece: Uint8Array): void => {
      bytes += piece.length;
      if (bytes > LINGER_BYTES) end();
    };
    const timer = setTimeout(end, Math.min(lingerMs, LONGEST_TIMER));
    request.on('data', count).on('end', end).on('close', end).on('error', end);
    request.resume();
  });
}
