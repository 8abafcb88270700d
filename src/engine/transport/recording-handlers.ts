import { textOf, utf8 } from '../codec/utf8';
import type { Clock } from '../platform/clock';
import type { Zlib } from '../platform/zlib';
import { isPlainType } from '../xfer/message-reader';
import type { OpenedRequest, StreamedResponse } from '../xfer/server';
import { entryPieces, formatEntry } from '../xfer/transcript';
import { READER_LEFT } from '../xfer/transcript-recorder';
import { RecordedBody } from './recorded-body';
import type { RequestHandlers, Site } from './request-handlers';

/** What is recorded, and where. */
export interface ServerRecorderOptions {
  zlib: Zlib;
  clock: Clock;
  /** Takes whole entries: the pieces that belong together are read at once, and are there all or not at all. */
  write(pieces: Iterable<Uint8Array>): void;
}

/** Bytes of a page for people that are kept. */
const LONGEST_PAGE = 64 * 1024;

/**
 * Handlers that record what they are asked and what they answer, secrets removed (`transcript.ts` has the format): each message stands with
 * its answer behind the address that it came from, in the order in which answers end. What is long waits for that in temporary files. What is refused
 * before it is a message is not recorded, nor what does not go through `stream`. The file begins with `TRANSCRIPT_HEADING`, which is the caller's to write.
 */
export function recordingHandlers(handlers: RequestHandlers, options: ServerRecorderOptions): RequestHandlers {
  const [stream, json] = [handlers.stream?.bind(handlers), handlers.json?.bind(handlers)];
  const recorded = async (request: OpenedRequest, answer: NonNullable<typeof stream>): Promise<StreamedResponse> => {
    const exchange = new RecordedExchange(request, options);
    try {
      return exchange.heard(await answer(request));
    } catch (error) {
      exchange.close();
      throw error;
    }
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
            const body = utf8(answer === undefined ? '' : JSON.stringify(answer));
            options.write([formatEntry({ kind: 'json', path, body })]);
            return answer;
          },
        }),
  };
}

/** The same for several repositories behind one server. */
export function recordingSite(site: Site, options: ServerRecorderOptions): Site {
  return {
    find: async (path) => {
      const found = await site.find(path);
      return found && { ...found, handlers: recordingHandlers(found.handlers, options) };
    },
  };
}

/** A message and its answer, until that has left. */
class RecordedExchange {
  readonly #options: ServerRecorderOptions;
  readonly #begin: number;
  readonly #client: string;
  readonly #asked: RecordedBody;
  readonly #contentType: string;
  #answered: RecordedBody | undefined;
  #isClosed = false;

  constructor({ contentType, message, origin }: OpenedRequest, options: ServerRecorderOptions) {
    this.#options = options;
    this.#begin = options.clock.now();
    this.#client = origin?.address ?? 'standard input';
    this.#contentType = contentType;
    this.#asked = new RecordedBody(contentType, { zlib: options.zlib, isUnpacked: true });
    for (const piece of message.read()) this.#asked.append(piece);
  }

  /** An answer that is told when it is closed, sent or not. */
  heard(response: StreamedResponse): StreamedResponse {
    // A client takes any other status for a failure, and so does who replays it.
    const isReply = response.status === 200;
    const answered = new RecordedBody(response.contentType, { zlib: this.#options.zlib, isUnpacked: !isReply });
    this.#answered = answered;
    let page = '';
    let isWhole = false;
    return {
      ...response,
      *pieces() {
        for (const piece of response.pieces()) {
          if (isReply) answered.append(piece);
          else if (page.length < LONGEST_PAGE) page += textOf(piece.subarray(0, LONGEST_PAGE));
          yield piece;
        }
        isWhole = true;
      },
      close: () => {
        response.close();
        if (this.#isClosed) return;
        try {
          this.#write(isReply ? this.#replyPieces(response, isWhole) : [failureEntry(response.status, page)]);
        } finally {
          this.close();
        }
      },
    };
  }

  /** Lets go of what was kept. */
  close(): void {
    this.#isClosed = true;
    this.#asked.close();
    this.#answered?.close();
  }

  #write(answer: Iterable<Uint8Array>): void {
    const session = formatEntry({ kind: 'session', url: this.#client });
    const [contentType, asked] = [this.#contentType, this.#asked];
    const body = asked.end();
    const { wireLength } = asked;
    const request = { kind: 'request', contentType, isPacked: !isPlainType(contentType), wireLength } as const;
    this.#options.write(joined([session], entryPieces(request, body), answer));
  }

  *#replyPieces({ contentType, length }: StreamedResponse, isWhole: boolean): Generator<Uint8Array, void> {
    const answered = this.#answered;
    if (answered === undefined) return;
    const { isPacked, ...body } = answered.end();
    const milliseconds = Math.round(this.#options.clock.now() - this.#begin);
    const { wireLength } = answered;
    const reply = { kind: 'reply', contentType, isPacked, wireLength, announcedLength: length, milliseconds } as const;
    yield* entryPieces({ ...reply, ...(isWhole ? {} : { brokenBy: READER_LEFT }) }, body);
  }
}

function failureEntry(status: number, page: string): Uint8Array {
  const text = page.replace(/<title>.*?<\/title>|<[^>]*>/gs, ' ').trim();
  return formatEntry({ kind: 'failure', code: 'http-status', message: `HTTP status ${status}: ${text}` });
}

function* joined(...all: Iterable<Uint8Array>[]): Generator<Uint8Array, void> {
  for (const pieces of all) yield* pieces;
}
