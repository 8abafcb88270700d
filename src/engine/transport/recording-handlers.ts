import { textOf, utf8 } from '../codec/utf8';
import type { OpenedRequest, StreamedResponse } from '../xfer/server';
import { isPlainType } from '../xfer/message-reader';
import { READER_LEFT, replyEntry, type RecorderOptions } from '../xfer/transcript-recorder';
import { formatEntry, type TranscriptEntry } from '../xfer/transcript';
import { withoutSecrets } from '../xfer/transcript-secrets';
import type { RequestHandlers, Site } from './request-handlers';

/**
 * Handlers that record what they are asked and what they answer, secrets removed (`transcript.ts` has the format): each message stands with
 * its answer behind the address that it came from, in the order in which answers end. Both are held in memory until then. What is refused
 * before it is a message is not recorded, nor what does not go through `stream`. The file begins with `TRANSCRIPT_HEADING`, which is the caller's to write.
 */
export function recordingHandlers(handlers: RequestHandlers, options: RecorderOptions): RequestHandlers {
  const record = (...entries: TranscriptEntry[]): void => {
    for (const entry of entries) options.write(formatEntry(entry));
  };
  const [stream, json] = [handlers.stream?.bind(handlers), handlers.json?.bind(handlers)];
  const recorded = async (request: OpenedRequest, answer: NonNullable<typeof stream>): Promise<StreamedResponse> => {
    const begin = options.clock.now();
    const asked = [sessionOf(request), requestEntry(request)];
    const response = await answer(request);
    return heard(response, (body, brokenBy) => {
      const milliseconds = Math.round(options.clock.now() - begin);
      record(...asked, answerEntry(response, body, { ...options, milliseconds, brokenBy }));
    });
  };
  return {
    get title() {
      return handlers.title ?? 'A Fossil repository';
    },
    get requiresHttps() {
      return handlers.requiresHttps === true;
    },
    xfer: (request) => handlers.xfer(request),
    ...(stream === undefined ? {} : { stream: (request) => recorded(request, stream) }),
    ...(json === undefined
      ? {}
      : {
          json: async (path, query, origin) => {
            const answer: unknown = await json(path, query, origin);
            record({ kind: 'json', path, body: utf8(answer === undefined ? '' : JSON.stringify(answer)) });
            return answer;
          },
        }),
  };
}

/** The same for several repositories behind one server. */
export function recordingSite(site: Site, options: RecorderOptions): Site {
  return {
    find: async (path) => {
      const found = await site.find(path);
      return found && { ...found, handlers: recordingHandlers(found.handlers, options) };
    },
  };
}

function sessionOf({ origin }: OpenedRequest): TranscriptEntry {
  return { kind: 'session', url: origin?.address ?? 'standard input' };
}

function requestEntry({ contentType, message }: OpenedRequest): TranscriptEntry {
  const body = withoutSecrets(Buffer.concat([...message.read()]));
  return { kind: 'request', contentType, isPacked: !isPlainType(contentType), wireLength: message.length, body };
}

/** A client takes any other status for a failure, and so does who replays it. */
function answerEntry(
  { status, contentType, length }: StreamedResponse,
  body: Uint8Array,
  options: RecorderOptions & { milliseconds: number; brokenBy: string | undefined },
): TranscriptEntry {
  if (status === 200) return replyEntry({ contentType, length }, body, options);
  const text = textOf(body).replace(/<title>.*?<\/title>|<[^>]*>/gs, ' ');
  return { kind: 'failure', code: 'http-status', message: `HTTP status ${status}: ${text.trim()}` };
}

/** An answer that is told when it is closed, sent or not. */
function heard(
  response: StreamedResponse,
  done: (body: Uint8Array, brokenBy: string | undefined) => void,
): StreamedResponse {
  const pieces: Uint8Array[] = [];
  let isWhole = false;
  let isClosed = false;
  return {
    ...response,
    *pieces() {
      for (const piece of response.pieces()) {
        pieces.push(piece);
        yield piece;
      }
      isWhole = true;
    },
    close: () => {
      response.close();
      if (!isClosed) done(Buffer.concat(pieces), isWhole ? undefined : READER_LEFT);
      isClosed = true;
    },
  };
}
