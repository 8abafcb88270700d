import { packContainer, unpackContainer } from '../codec/container';
import { HOW_TO_TAKE_LARGER } from '../codec/size-limits';
import { utf8 } from '../codec/utf8';
import { EngineError, hasCode } from '../errors';
import type { Repository } from '../repository/repository';
import { isPlainType } from './message-reader';
import { messageInMemory, type MessageSource } from './message-source';
import type { MessageWriter } from './message-writer';
import { RequestObserver } from './request-observer';
import { MAX_UPLOAD, type RequestOrigin, type ServerOptions } from './server-options';
import { ServerRound } from './server-round';
import { atOnce, inTurns, type Steps } from './turns';

/** A message that travels in a container (fossil.md 1.3). */
export const COMPRESSED_TYPE = 'application/x-fossil';
const UNCOMPRESSED_TYPE = 'application/x-fossil-uncompressed';
/** Seconds after which whoever was refused may try again. */
export const BUSY: Readonly<Record<string, string>> = { 'Retry-After': '5' };

export type { ServerOptions } from './server-options';

export interface XferRequest {
  contentType: string;
  body: Uint8Array;
  /** What it came with besides; nothing: without login or address. */
  origin?: RequestOrigin;
}

export interface XferResponse {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/** A message whose container has been undone already. */
export interface OpenedRequest {
  contentType: string;
  message: MessageSource;
  origin?: RequestOrigin;
}

/** An answer that is read while it is sent. Whoever has it closes it, sent or not. */
export interface StreamedResponse {
  status: number;
  contentType: string;
  /** Bytes of all pieces. */
  length: number;
  /** More header lines. */
  headers?: Readonly<Record<string, string>>;
  /** @throws EngineError `repository-changed` when another program has rewritten what was promised: the connection must be cut */
  pieces(): Iterable<Uint8Array>;
  close(): void;
}

/**
 * Answers one sync message; stateless per round (fossil.md 4). Never throws for what a stranger sent: that becomes a status or an
 * `error` card. Content that does not match its name rolls everything back and becomes status 400.
 */
export function handleXfer(repository: Repository, request: XferRequest, options: ServerOptions = {}): XferResponse {
  const response = openAndAnswer(repository, request, options);
  try {
    const body = joined(response);
    return { status: response.status, contentType: response.contentType, body };
  } finally {
    response.close();
  }
}

/**
 * As {@link handleXfer}, for servers that send pieces: the reply to a clone is never held whole, nor need the message be. Its length is known
 * before anything of it is read, and it holds what the repository held when it was asked, whatever is stored meanwhile.
 */
export function streamXfer(
  repository: Repository,
  request: OpenedRequest,
  options: ServerOptions = {},
): StreamedResponse {
  return atOnce(observedAnswer(repository, request, options));
}

/** As {@link streamXfer}; a long answer lets others have their turn while it is made. */
export function streamXferInTurns(
  repository: Repository,
  request: OpenedRequest,
  options: ServerOptions = {},
): Promise<StreamedResponse> {
  return inTurns(observedAnswer(repository, request, options), repository.environment.clock);
}

function* observedAnswer(
  repository: Repository,
  request: OpenedRequest,
  options: ServerOptions,
): Steps<StreamedResponse> {
  const origin = {
    ...(options.clientAddress === undefined ? {} : { address: options.clientAddress }),
    ...request.origin,
  };
  const asked = { ...request, origin };
  if (options.onEvent === undefined) return yield* answer(repository, asked, options);
  const observer = new RequestObserver(options.onEvent, repository.environment.clock, {
    contentType: request.contentType,
    bytes: request.message.length,
    ...(origin.address === undefined ? {} : { clientAddress: origin.address }),
    ...(repository.projectCode === undefined ? {} : { projectCode: repository.projectCode }),
  });
  return observer.whenClosed(yield* answer(repository, asked, options, observer));
}

function* answer(
  repository: Repository,
  request: OpenedRequest & { origin: RequestOrigin },
  options: ServerOptions,
  observer?: RequestObserver,
): Steps<StreamedResponse> {
  const contentType = bareType(request.contentType);
  const { faults, zlib } = repository.environment;
  const round = new ServerRound(repository, request.message, request.origin, options, observer);
  try {
    if (!contentType.startsWith(COMPRESSED_TYPE)) return page(400, 'This is no message of the sync protocol.');
    if (!round.authorize())
      return page(401, 'The name or the password is wrong.', { 'WWW-Authenticate': 'Basic realm="Fossil"' });
    faults?.at('message-to-answer');
    const reply = yield* round.answer();
    faults?.at('message-answered');
    if (round.isUncompressed) return streamed(UNCOMPRESSED_TYPE, reply, () => round.close());
    round.close();
    if (isPlainType(contentType)) return streamed(contentType, reply);
    return whole(200, COMPRESSED_TYPE, packContainer(zlib, reply.bytes()));
  } catch (error) {
    round.close();
    // Who sends the same again would be refused.
    if (round.hasStoredPart && hasCode(error, 'repository-locked'))
      return page(
        503,
        'Another program on the server uses the repository. A part of what was sent is there: sync again.',
      );
    return failure(error);
  }
}

/**
 * What a server answers when it cannot: a page, as Fossil's clients show it. What failed is the owner's affair: strangers hear neither of
 * files nor what is to be done on the server.
 */
export function failure(error: unknown): StreamedResponse {
  if (isDiskFull(error)) return page(507, 'The disk of the server is full. Its owner has to make room.');
  if (!(error instanceof EngineError)) return failedPage();
  switch (error.code) {
    case 'hash-mismatch':
    case 'content-corrupt':
    case 'delta-malformed':
    case 'container-malformed':
    case 'card-malformed':
      return page(400, error.message);
    case 'message-replayed':
      return page(400, 'This message has been received before; nothing of it is stored again. Begin the sync anew.');
    case 'artifact-too-large':
      return page(413, error.message.replace(` ${HOW_TO_TAKE_LARGER}`, ''));
    case 'repository-locked':
      return page(503, 'Another program on the server uses the repository. Try again in some seconds.', BUSY);
    case 'repository-too-large':
      return page(
        507,
        'The repository of the server can hold no more. Its owner has to serve it with another runtime.',
      );
    default:
      return failedPage();
  }
}

function failedPage(): StreamedResponse {
  return page(500, 'The server failed to answer; its owner can tell why.');
}

/** Also where a temporary file could not be written. */
function isDiskFull(error: unknown): boolean {
  return hasCode(error, 'disk-full') || (error instanceof Error && 'code' in error && error.code === 'ENOSPC');
}

/** A page for people. */
export function page(status: number, text: string, headers?: Readonly<Record<string, string>>): StreamedResponse {
  const escaped = text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  const html = `<!DOCTYPE html><html><head><title>Trilobite</title></head><body><p>${escaped}</p></body></html>\n`;
  return { ...whole(status, 'text/html; charset=utf-8', utf8(html)), ...(headers === undefined ? {} : { headers }) };
}

/** An answer that is there already. */
export function whole(status: number, contentType: string, body: Uint8Array): StreamedResponse {
  return { status, contentType, length: body.length, pieces: () => [body], close: () => undefined };
}

function streamed(contentType: string, reply: MessageWriter, close = (): void => undefined): StreamedResponse {
  return { status: 200, contentType, length: reply.size, pieces: () => reply.pieces(), close };
}

function openAndAnswer(repository: Repository, request: XferRequest, options: ServerOptions): StreamedResponse {
  const limit = options.maxUpload ?? MAX_UPLOAD;
  let message: MessageSource;
  try {
    message = messageInMemory(inflated(repository, bareType(request.contentType), request.body, limit));
  } catch (error) {
    return failure(error);
  }
  return streamXfer(repository, { ...request, message }, options);
}

function bareType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** A body that does not inflate is taken as it is, as Fossil does; the reader then finds no card in it. */
function inflated(repository: Repository, contentType: string, body: Uint8Array, limit: number): Uint8Array {
  if (contentType !== COMPRESSED_TYPE) return body;
  if (body.length <= 4) return new Uint8Array(0);
  try {
    return unpackContainer(repository.environment.zlib, body, limit);
  } catch (error) {
    if (hasCode(error, 'container-malformed')) return body;
    throw error;
  }
}

function joined(response: StreamedResponse): Uint8Array {
  const body = new Uint8Array(response.length);
  let offset = 0;
  for (const piece of response.pieces()) {
    body.set(piece, offset);
    offset += piece.length;
  }
  return body;
}
