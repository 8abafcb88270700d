import { textOf, utf8 } from '../codec/utf8';
import { EngineError } from '../errors';

/** A transport was asked for a session; or a server heard from a client. */
export interface SessionEntry {
  readonly kind: 'session';
  /** Of the server, without a password; on a server's side the address of the client. */
  readonly url: string;
}

/** A message, as it stood inside its container. */
export interface MessageEntry {
  readonly kind: 'request' | 'reply';
  readonly contentType: string;
  /** Whether it travelled in a container (fossil.md 1.3). */
  readonly isPacked: boolean;
  /** Bytes that travelled; of a request that a server has recorded, those of the message. */
  readonly wireLength: number;
  /** Of a reply: what its Content-Length had told, where it had one. */
  readonly announcedLength?: number;
  /** Of a reply: from the request on. */
  readonly milliseconds?: number;
  /** Of a reply: why it is not whole; `reader-left` when the one who read it had seen enough. */
  readonly brokenBy?: string;
  /** Empty where half of a container came. */
  readonly body: Uint8Array;
}

/** No reply came. */
export interface FailureEntry {
  readonly kind: 'failure';
  /** Of the EngineError. */
  readonly code: string;
  readonly message: string;
}

/** A GET for JSON. */
export interface JsonEntry {
  readonly kind: 'json';
  readonly path: string;
  /** As JSON; empty: there was none. */
  readonly body: Uint8Array;
}

/** What a session said and heard, secrets removed. */
export type TranscriptEntry = SessionEntry | MessageEntry | FailureEntry | JsonEntry;

/** Of each kind of entry what its heading tells. */
type WithoutBody<Entry> = Entry extends { body: Uint8Array } ? Omit<Entry, 'body'> : Entry;

/** First line of every transcript. */
export const TRANSCRIPT_HEADING = utf8('Trilobite transcript 1\n');

/** Longest heading of an entry: addresses and error texts are shorter. */
const HEADING_LIMIT = 100_000;
const LINE_FEED = 0x0a;

/**
 * An entry as a transcript file has it. A file is `TRANSCRIPT_HEADING` and entries; an entry is a heading of lines and, behind a blank
 * line, the body byte for byte and one line feed:
 *
 *     reply
 *     content-type: application/x-fossil
 *     packed: yes
 *     wire-length: 231
 *     announced-length: 231
 *     milliseconds: 12
 *     length: 60
 *
 *     igot a94a8fe5…
 *     # timestamp 2026-11-20T18:08:50 errors 0
 *
 * The first line is the kind. `length` is that of the body and stands last; entries without a body have 0. Messages are written as they
 * are inside their container, so that a text editor shows them; payloads stand in them as they are. What is secret has been replaced
 * before (`transcript-secrets.ts`).
 */
export function formatEntry(entry: TranscriptEntry): Uint8Array {
  const body = 'body' in entry ? entry.body : new Uint8Array(0);
  const heading = formatHeading(entry, body.length);
  const bytes = new Uint8Array(heading.length + body.length + 1);
  bytes.set(heading);
  bytes.set(body, heading.length);
  bytes[bytes.length - 1] = LINE_FEED;
  return bytes;
}

/** {@link formatEntry} of a message whose body, of so many bytes, is somewhere else. */
export function* entryPieces(
  message: Omit<MessageEntry, 'body'>,
  { length, pieces }: { length: number; pieces: () => Iterable<Uint8Array> },
): Generator<Uint8Array, void> {
  yield formatHeading(message, length);
  yield* pieces();
  yield Uint8Array.of(LINE_FEED);
}

function formatHeading(entry: WithoutBody<TranscriptEntry>, length: number): Uint8Array {
  const lines = [entry.kind, ...headings(entry).map(([name, value]) => `${name}: ${inOneLine(value)}`)];
  return utf8(`${lines.join('\n')}\nlength: ${length}\n\n`);
}

/** @throws EngineError `stream-malformed` where it is no transcript, or cut off */
export function parseTranscript(file: Uint8Array): TranscriptEntry[] {
  const start = TRANSCRIPT_HEADING.length;
  if (textOf(file.subarray(0, start)) !== textOf(TRANSCRIPT_HEADING)) throw malformed('its first line is another');
  const entries: TranscriptEntry[] = [];
  for (let at = start; at < file.length;) {
    const end = blankLine(file, at);
    const heading = headingOf(textOf(file.subarray(at, end)));
    const from = end + 2;
    const length = numberOf(heading, 'length');
    if (from + length >= file.length || file[from + length] !== LINE_FEED) throw malformed('it is cut off');
    entries.push(entryOf(heading, file.subarray(from, from + length)));
    at = from + length + 1;
  }
  return entries;
}

function headings(entry: WithoutBody<TranscriptEntry>): [name: string, value: string][] {
  switch (entry.kind) {
    case 'session':
      return [['url', entry.url]];
    case 'failure':
      return [
        ['code', entry.code],
        ['message', entry.message],
      ];
    case 'json':
      return [['path', entry.path]];
    case 'request':
    case 'reply': {
      const { contentType, isPacked, wireLength, announcedLength, milliseconds, brokenBy } = entry;
      return [
        ['content-type', contentType],
        ['packed', isPacked ? 'yes' : 'no'],
        ['wire-length', String(wireLength)],
        ...optional('announced-length', announcedLength),
        ...optional('milliseconds', milliseconds),
        ...optional('broken-by', brokenBy),
      ];
    }
  }
}

function optional(name: string, value: string | number | undefined): [string, string][] {
  return value === undefined ? [] : [[name, String(value)]];
}

function entryOf(heading: ReadonlyMap<string, string>, body: Uint8Array): TranscriptEntry {
  const kind = textIn(heading, 'kind');
  switch (kind) {
    case 'session':
      return { kind, url: textIn(heading, 'url') };
    case 'failure':
      return { kind, code: textIn(heading, 'code'), message: textIn(heading, 'message') };
    case 'json':
      return { kind, path: textIn(heading, 'path'), body };
    case 'request':
    case 'reply':
      return {
        kind,
        contentType: textIn(heading, 'content-type'),
        isPacked: textIn(heading, 'packed') === 'yes',
        wireLength: numberOf(heading, 'wire-length'),
        ...(heading.has('announced-length') ? { announcedLength: numberOf(heading, 'announced-length') } : {}),
        ...(heading.has('milliseconds') ? { milliseconds: numberOf(heading, 'milliseconds') } : {}),
        ...(heading.has('broken-by') ? { brokenBy: textIn(heading, 'broken-by') } : {}),
        body,
      };
    default:
      throw malformed(`it has an entry of the kind "${kind}"`);
  }
}

/** @returns where the line feed stands that ends the heading's last line */
function blankLine(file: Uint8Array, from: number): number {
  const limit = Math.min(file.length, from + HEADING_LIMIT);
  for (let at = file.indexOf(LINE_FEED, from); at >= 0 && at < limit; at = file.indexOf(LINE_FEED, at + 1))
    if (file[at + 1] === LINE_FEED) return at;
  throw malformed('an entry has no end');
}

function headingOf(text: string): Map<string, string> {
  const [kind = '', ...lines] = text.split('\n');
  const heading = new Map([['kind', kind]]);
  for (const line of lines) {
    const colon = line.indexOf(': ');
    if (colon < 0) throw malformed(`a heading has no value: ${line.slice(0, 80)}`);
    heading.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return heading;
}

function textIn(heading: ReadonlyMap<string, string>, name: string): string {
  const value = heading.get(name);
  if (value === undefined) throw malformed(`an entry lacks "${name}"`);
  return value;
}

function numberOf(heading: ReadonlyMap<string, string>, name: string): number {
  const value = Number(textIn(heading, name));
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(`"${name}" is no number`);
  return value;
}

/** A sentence may quote an error page. */
function inOneLine(value: string): string {
  return value.replace(/\s*[\r\n]+\s*/g, ' ');
}

function malformed(reason: string): EngineError {
  return new EngineError('stream-malformed', `That is no transcript of a session: ${reason}.`);
}
