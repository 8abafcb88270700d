import { EngineError } from '../errors';
import { authorityOf, type Remote } from '../xfer/remote';
import { pageText } from './page-text';

/** @returns a Content-Type in lower case */
export function typeWithoutParameters(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
}

export function isSyncType(contentType: string): boolean {
  return contentType.startsWith('application/x-fossil');
}

export function notFossil(remote: Remote): EngineError {
  return new EngineError(
    'not-fossil',
    `${authorityOf(remote)} answered with a web page instead of Fossil's sync protocol. Check that the address is that of a Fossil repository.`,
  );
}

export function truncated(remote: Remote, received: number, length: number, cause?: unknown): EngineError {
  return new EngineError(
    'reply-truncated',
    `The reply of ${authorityOf(remote)} ended after ${received} of ${length} bytes. Try again.`,
    { cause },
  );
}

export function stalled(remote: Remote): EngineError {
  return new EngineError('connection-lost', `${authorityOf(remote)} stopped answering. Try again.`);
}

/** @param page - what the server sent with the status */
export function statusError(status: number, page: string, remote: Remote): EngineError {
  const host = authorityOf(remote);
  const said = pageText(page);
  const what =
    status === 404
      ? `${host} has nothing at ${remote.path} (HTTP status 404). Check the path of the address.`
      : `${host} answered with HTTP status ${status} instead of a sync reply.`;
  return new EngineError('http-status', said === '' ? what : `${what} It says: ${said}`);
}
