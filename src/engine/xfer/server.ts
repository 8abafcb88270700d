import { packContainer, unpackContainer } from '../codec/container';
import { utf8 } from '../codec/utf8';
import { EngineError, hasCode } from '../errors';
import type { Repository } from '../repository/repository';
import { isPlainType, readRequest } from './message-reader';
import { ServerRound, type ReadableCards } from './server-round';

/** Bytes of one request, inflated, when nothing else is set. */
const MAX_UPLOAD = 512 * 1024 * 1024;
const COMPRESSED_TYPE = 'application/x-fossil';
const UNCOMPRESSED_TYPE = 'application/x-fossil-uncompressed';

export interface ServerOptions {
  isReadOnly?: boolean;
  /** Bytes of one request's body, inflated; beyond: refused. */
  maxUpload?: number;
  clientAddress?: string;
}

export interface XferRequest {
  contentType: string;
  body: Uint8Array;
}

export interface XferResponse {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/**
 * Answers one sync message; stateless per round (fossil.md 4). Never throws for what a stranger sent: that becomes a status or an
 * `error` card. Content that does not match its name rolls everything back and becomes status 400.
 */
export function handleXfer(repository: Repository, request: XferRequest, options: ServerOptions = {}): XferResponse {
  const contentType = (request.contentType.split(';')[0] ?? '').trim().toLowerCase();
  try {
    const body = inflate(repository, contentType, request.body, options.maxUpload ?? MAX_UPLOAD);
    const round = new ServerRound(repository, body, options);
    const { faults } = repository.environment;
    faults?.at('message-to-answer');
    const reply = round.answer(readableCards(contentType, body));
    faults?.at('message-answered');
    if (round.isUncompressed) return { status: 200, contentType: UNCOMPRESSED_TYPE, body: reply };
    if (isPlainType(contentType)) return { status: 200, contentType, body: reply };
    return { status: 200, contentType: COMPRESSED_TYPE, body: packContainer(repository.environment.zlib, reply) };
  } catch (error) {
    return failureResponse(error);
  }
}

/** A body that does not inflate is taken as it is, as Fossil does; the reader then finds no card in it. */
function inflate(repository: Repository, contentType: string, body: Uint8Array, limit: number): Uint8Array {
  if (contentType !== COMPRESSED_TYPE) return body;
  if (body.length <= 4) return new Uint8Array(0);
  try {
    return unpackContainer(repository.environment.zlib, body, limit);
  } catch (error) {
    if (hasCode(error, 'container-malformed')) return body;
    throw error;
  }
}

/**
 * Cards up to the first that cannot be read: what stands before it still counts. They are never held together: a small body can inflate
 * to millions.
 * @returns why the rest cannot be read, undefined at the end of the message
 */
function* readableCards(contentType: string, body: Uint8Array): ReadableCards {
  try {
    yield* readRequest(contentType, body);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

function failureResponse(error: unknown): XferResponse {
  if (hasCode(error, 'hash-mismatch', 'content-corrupt', 'delta-malformed', 'container-malformed', 'card-malformed'))
    return page(400, error.message);
  if (hasCode(error, 'artifact-too-large')) return page(413, error.message);
  if (hasCode(error, 'repository-locked')) return page(503, error.message);
  return page(
    500,
    error instanceof EngineError ? error.message : 'The server failed to answer; its owner can tell why.',
  );
}

function page(status: number, text: string): XferResponse {
  const escaped = text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: utf8(`<html><body><p>${escaped}</p></body></html>\n`),
  };
}
