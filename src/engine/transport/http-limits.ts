import { MAX_UPLOAD } from '../xfer/server-options';

/** What strangers may make a server spend. */
export interface HttpLimits {
  /** Bytes of a request's body as it travels; beyond: status 413. */
  bodyBytes: number;
  /** Bytes of a message once inflated; beyond: status 413, before anything is inflated. */
  messageBytes: number;
  /** Bytes of a message that are kept in memory; a longer one goes into a temporary file. */
  memoryBytes: number;
  /** Bytes in temporary files of all messages that are being received or answered; beyond: status 503. At least one message always fits. */
  spoolBytes: number;
  /** Milliseconds that a session on standard input may stay open without a word: a client stores what came meanwhile. Then it ends. */
  idleMs: number;
  /** Milliseconds until all header lines must be there; beyond: status 408. */
  headerMs: number;
  /** Milliseconds that a body may take besides what its length allows; beyond: status 408. */
  bodyMs: number;
  /** Bytes a second that a body must come with after that. */
  bodyRate: number;
  /** Milliseconds that a client may take nothing of its answer; then the connection is cut. */
  stallMs: number;
  /** Milliseconds for which the rest of a refused body is still read, so that the client hears why instead of a broken connection. */
  lingerMs: number;
  /** Requests that are answered at once; beyond: status 503. */
  requests: number;
  /** Of them from one address; beyond: status 429. */
  requestsOfAddress: number;
  /** Open connections; beyond they are closed unheard. */
  connections: number;
}

const HTTP_LIMITS: Readonly<HttpLimits> = {
  bodyBytes: MAX_UPLOAD,
  messageBytes: MAX_UPLOAD,
  memoryBytes: 1024 * 1024,
  spoolBytes: 4 * MAX_UPLOAD,
  idleMs: 60 * 60_000,
  headerMs: 20_000,
  bodyMs: 30_000,
  bodyRate: 1024,
  stallMs: 60_000,
  lingerMs: 5000,
  requests: 200,
  requestsOfAddress: 100,
  connections: 1000,
};

/** @returns the limits that hold where only some are set */
export function limitsOf(limits: Partial<HttpLimits> = {}): HttpLimits {
  const all = { ...HTTP_LIMITS, ...limits };
  return { ...all, spoolBytes: Math.max(all.spoolBytes, all.messageBytes) };
}
