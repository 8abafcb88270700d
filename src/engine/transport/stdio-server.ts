import { STATUS_CODES } from 'node:http';
import { textOf, utf8 } from '../codec/utf8';
import type { StreamedResponse } from '../xfer/server';
import type { RequestOrigin } from '../xfer/server-options';
import { answerRequest, refusal } from './answer-request';
import { LONGEST_TIMER } from './http-arrival';
import { limitsOf, type HttpLimits } from './http-limits';
import { HttpRefusal } from './http-refusal';
import type { RequestHandlers } from './request-handlers';
import { SpoolRoom } from './spool-room';

const LINE_FEED = 10;
/** Bytes of all header lines of a request. */
const HEADER_LIMIT = 64 * 1024;

/** What a client says. */
export interface StdioInput extends AsyncIterable<Uint8Array> {
  /** Ends it, also while somebody waits for more. */
  destroy?(): unknown;
}

export interface StdioOptions {
  limits?: Partial<HttpLimits>;
  /** Of the client, where ssh has told it. */
  address?: string;
}

/**
 * Answers HTTP requests that come one after the other on standard input, as `fossil test-http` does at the far end of ssh (fossil.md 1.7):
 * a client that says `X-Fossil-Transport: SSH` gets replies that begin with `Status:` for as long as it asks, any other one HTTP reply.
 * @param write - to standard output; each piece may be written later
 */
export async function serveStdio(
  handlers: RequestHandlers,
  input: StdioInput,
  write: (bytes: Uint8Array) => void,
  options: StdioOptions = {},
): Promise<void> {
  const limits = limitsOf(options.limits);
  const reader = new InputReader(input, limits);
  try {
    let goesOn = true;
    while (goesOn) goesOn = await serveNext(handlers, reader, write, { ...options, limits });
  } finally {
    // Whoever does not close its end must not keep this process.
    await reader.close();
  }
}

/** @returns whether the client may ask again */
async function serveNext(
  handlers: RequestHandlers,
  reader: InputReader,
  write: (bytes: Uint8Array) => void,
  { limits, address }: { limits: HttpLimits; address?: string },
): Promise<boolean> {
  const head = await reader.head();
  if (head === undefined) return false;
  const session = head.fields.get('x-fossil-transport')?.toLowerCase().startsWith('ssh') === true;
  const answered = await answer(handlers, reader, head, limits, address);
  try {
    write(utf8(headerOf(answered, session)));
    if (head.method !== 'HEAD') for (const piece of answered.pieces()) write(piece);
  } finally {
    answered.close();
  }
  return session && !reader.isLate;
}

interface RequestHead {
  method: string;
  target: string;
  /** By lower-case name. */
  fields: ReadonlyMap<string, string>;
}

async function answer(
  handlers: RequestHandlers,
  reader: InputReader,
  { method, target, fields }: RequestHead,
  limits: HttpLimits,
  address: string | undefined,
): Promise<StreamedResponse> {
  const length = Number(fields.get('content-length') ?? 0);
  if (!Number.isSafeInteger(length) || length < 0)
    return refusal(new HttpRefusal(400, 'The length of the message is not valid.'));
  // Fossil puts the name of the file there, relative to the home directory on this computer, as this process was told it too.
  const [path = '', query = ''] = target.startsWith('/') ? target.split('?') : [];
  const body = reader.body(length);
  const origin: RequestOrigin = address === undefined ? {} : { address };
  const contentType = fields.get('content-type') ?? '';
  try {
    return await answerRequest(
      handlers,
      { method, path, query: new URLSearchParams(query), contentType, length, body, origin },
      limits,
      new SpoolRoom(limits.spoolBytes),
    );
  } catch (error) {
    return refusal(error);
  } finally {
    // Whatever of the body nobody wanted stands before the next request.
    await reader.skipBody();
  }
}

function headerOf({ status, contentType, length, headers }: StreamedResponse, isSession: boolean): string {
  const reason = STATUS_CODES[status] ?? 'Unknown';
  const first = isSession ? [`Status: ${status} ${reason}`] : [`HTTP/1.0 ${status} ${reason}`, 'Connection: close'];
  const more = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [...first, ...more, `Content-Type: ${contentType}`, `Content-Length: ${length}`, '', ''].join('\r\n');
}

/** Takes a stream of requests apart, and does not wait for ever for the rest of one. */
class InputReader {
  readonly #input: StdioInput;
  readonly #limits: HttpLimits;
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** Something that was awaited did not come in time: nothing more is read. */
  isLate = false;
  /** When what is awaited must be there, by `performance.now()`. */
  #deadline = 0;
  #rest: Uint8Array = new Uint8Array(0);
  #bodyLeft = 0;

  constructor(input: StdioInput, limits: HttpLimits) {
    this.#input = input;
    this.#limits = limits;
    this.#pieces = input[Symbol.asyncIterator]();
  }

  /** @returns undefined at the end of input, behind something that is no request, or when nothing came in time */
  async head(): Promise<RequestHead | undefined> {
    this.#allow(this.#limits.idleMs);
    if (this.#rest.length === 0 && !(await this.#fill())) return undefined;
    this.#allow(this.#limits.headerMs);
    let size = 0;
    const lines: string[] = [];
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      size += line.length;
      if (size > HEADER_LIMIT) return undefined;
      if (line !== '') lines.push(line);
      else if (lines.length > 0) return parseHead(lines);
    }
    return undefined;
  }

  body(length: number): AsyncGenerator<Uint8Array, void> {
    this.#bodyLeft = length;
    this.#allow(this.#limits.bodyMs);
    return this.#takeBody();
  }

  async *#takeBody(): AsyncGenerator<Uint8Array, void> {
    while (this.#bodyLeft > 0) {
      if (this.#rest.length === 0 && !(await this.#fill())) {
        throw this.isLate
          ? new HttpRefusal(408, 'The message came too slowly. Try again over a better connection.')
          : new HttpRefusal(400, 'The connection broke before the whole message was there.');
      }
      const piece = this.#rest.subarray(0, this.#bodyLeft);
      this.#rest = this.#rest.subarray(piece.length);
      this.#bodyLeft -= piece.length;
      this.#deadline += (1000 * piece.length) / this.#limits.bodyRate;
      yield piece;
    }
  }

  /** For a while only, however fast it comes: nothing is read behind a body that does not end. */
  async skipBody(): Promise<void> {
    if (this.#bodyLeft === 0) return;
    this.#allow(this.#limits.lingerMs);
    while (this.#bodyLeft > 0 && (this.#rest.length > 0 || (await this.#fill()))) {
      const skipped = Math.min(this.#bodyLeft, this.#rest.length);
      this.#rest = this.#rest.subarray(skipped);
      this.#bodyLeft -= skipped;
      if (performance.now() >= this.#deadline) this.isLate = true;
    }
  }

  async close(): Promise<void> {
    // Nobody need hear how a reading ends that has been given up.
    if (this.isLate) this.#input.destroy?.();
    else await this.#pieces.return?.();
  }

  async #line(): Promise<string | undefined> {
    let line = '';
    for (;;) {
      const end = this.#rest.indexOf(LINE_FEED);
      line += textOf(this.#rest.subarray(0, end < 0 ? undefined : end));
      this.#rest = end < 0 ? new Uint8Array(0) : this.#rest.subarray(end + 1);
      if (end >= 0) return line.replace(/\r$/, '');
      if (line.length > HEADER_LIMIT || !(await this.#fill())) return undefined;
    }
  }

  #allow(milliseconds: number): void {
    this.#deadline = performance.now() + milliseconds;
  }

  async #fill(): Promise<boolean> {
    if (this.isLate) return false;
    const step = await this.#inTime(this.#pieces.next());
    this.isLate = step === undefined;
    if (step === undefined || step.done === true) return false;
    this.#rest = step.value;
    return true;
  }

  /** @returns undefined when it takes too long */
  async #inTime<T>(work: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.min(this.#deadline - performance.now(), LONGEST_TIMER));
    });
    // It may also fail when nobody waits for it any more.
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function parseHead([request = '', ...lines]: readonly string[]): RequestHead | undefined {
  const [method = '', target = ''] = request.split(/\s+/);
  if (target === '') return undefined;
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { method, target, fields: new Map(fields) };
}
