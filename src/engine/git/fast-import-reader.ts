import { byteTextOf, bytesOfText } from '../codec/byte-text';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import { isSimplePath } from '../artifact/file-name';
import { readQuotedPath } from './quoted-path';
import type { AliasCommand, CommitCommand, FileChange, Person, StreamCommand, TagCommand } from './stream-command';
import { malformedStream, type StreamSource } from './stream-source';

const LINE_FEED = 0x0a;
/** Commands that expect an answer on another pipe. */
const DIALOGUE = new Set(['ls', 'cat-blob', 'get-mark']);
/** The last second that a D-card can hold: 9999-12-31 23:59:59. */
const LAST_SECOND = 253_402_300_799;

interface Line {
  keyword: string;
  /** What follows the keyword and its space. */
  rest: string;
  text: string;
  offset: number;
}

/**
 * Reads the commands of a Git fast-import stream, as `git fast-export` and `fossil export --git` write them. The content of a file that
 * stands inside a commit comes as a blob before that commit, under a mark that no stream can hold.
 */
export class FastImportReader {
  readonly #source: StreamSource;
  /** A line that was read and belongs to the next command. */
  #waiting: Line | undefined;
  #inlineBlobs = 0;
  #mustEndWithDone = false;

  constructor(source: StreamSource) {
    this.#source = source;
  }

  /** @throws EngineError `stream-malformed` naming the place, `cancelled` */
  async *commands(): AsyncGenerator<StreamCommand, void, undefined> {
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      switch (line.keyword) {
        case 'blob':
          yield await this.#blob(line);
          break;
        case 'commit':
          yield* this.#commit(line);
          break;
        case 'tag':
          yield await this.#tag(line);
          break;
        case 'reset':
          yield await this.#reset(line);
          break;
        case 'alias':
          yield await this.#alias(line);
          break;
        case 'feature':
          this.#feature(line);
          break;
        case 'progress':
        case 'checkpoint':
        case 'option':
          break;
        case 'done':
          return;
        default:
          throw refusal(line, DIALOGUE.has(line.keyword) ? 'it asks for an answer' : 'there is no such command');
      }
    }
    if (this.#mustEndWithDone) throw malformedStream(this.#source.position, 'it ends without the "done" it announced');
  }

  async #blob(start: Line): Promise<StreamCommand> {
    let mark: string | undefined;
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      if (line.keyword === 'mark') mark = markIn(line);
      else if (line.keyword === 'data') {
        return { type: 'blob', ...(mark === undefined ? {} : { mark }), content: await this.#data(line) };
      } else if (line.keyword !== 'original-oid') throw refusal(line, 'the data of a blob should stand here');
    }
    throw refusal(start, 'the stream ends before the data of the blob');
  }

  async *#commit(start: Line): AsyncGenerator<StreamCommand, void, undefined> {
    const commit: CommitCommand = {
      type: 'commit',
      ref: required(start),
      message: '',
      merges: [],
      changes: [],
      offset: start.offset,
    };
    let message: Uint8Array | undefined;
    let encoding: string | undefined;
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      switch (line.keyword) {
        case 'mark':
          commit.mark = markIn(line);
          break;
        case 'author':
          commit.author = personIn(line);
          break;
        case 'committer':
          commit.committer = personIn(line);
          break;
        case 'encoding':
          encoding = line.rest;
          break;
        case 'data':
          if (message !== undefined) throw refusal(line, 'the commit has its message already');
          message = await this.#data(line);
          break;
        case 'from':
          commit.from = required(line);
          break;
        case 'merge':
          commit.merges.push(required(line));
          break;
        case 'gpgsig':
          await this.#skipData();
          break;
        case 'N':
          if (line.rest.startsWith('inline ')) await this.#skipData();
          break;
        case 'original-oid':
          break;
        case 'property':
          await this.#property(line, commit);
          break;
        case 'M': {
          const change = modificationIn(line);
          if (change.kind === 'modify' && change.blob === 'inline') {
            change.blob = `inline ${++this.#inlineBlobs}`;
            yield { type: 'blob', mark: change.blob, content: await this.#data(await this.#expectData()) };
          }
          commit.changes.push(change);
          break;
        }
        default: {
          const change = changeIn(line);
          if (change === undefined) {
            this.#waiting = line;
            yield this.#finished(commit, message, encoding, start);
            return;
          }
          commit.changes.push(change);
        }
      }
    }
    yield this.#finished(commit, message, encoding, start);
  }

  #finished(
    commit: CommitCommand,
    message: Uint8Array | undefined,
    encoding: string | undefined,
    start: Line,
  ): CommitCommand {
    if (message === undefined) throw refusal(start, 'the commit has no message');
    commit.message = messageOf(message, encoding);
    return commit;
  }

  async #tag(start: Line): Promise<StreamCommand> {
    const tag: TagCommand = { type: 'tag', name: required(start), offset: start.offset };
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      if (line.keyword === 'mark') tag.mark = markIn(line);
      else if (line.keyword === 'from') tag.from = required(line);
      else if (line.keyword === 'tagger') tag.tagger = personIn(line);
      else if (line.keyword === 'data') {
        const message = await this.#data(line);
        if (message.length > 0) tag.message = messageOf(message, undefined);
        return tag;
      } else if (line.keyword !== 'original-oid') {
        throw refusal(line, 'the message of a tag should stand here');
      }
    }
    throw refusal(start, 'the stream ends before the message of the tag');
  }

  async #reset(start: Line): Promise<StreamCommand> {
    const line = await this.#line();
    const reset = { type: 'reset', ref: required(start), offset: start.offset } as const;
    if (line?.keyword === 'from') return { ...reset, from: required(line) };
    this.#waiting = line;
    return reset;
  }

  async #alias(start: Line): Promise<AliasCommand> {
    const mark = await this.#line();
    const to = await this.#line();
    if (mark?.keyword !== 'mark' || to?.keyword !== 'to') throw refusal(start, 'an alias needs a mark and a target');
    return { type: 'alias', mark: markIn(mark), to: required(to), offset: start.offset };
  }

  #feature(line: Line): void {
    if (line.rest === 'done') this.#mustEndWithDone = true;
  }

  /** Breezy tells the name of a branch in a property: its number, then the name. Other properties tell nothing of use. */
  async #property(line: Line, commit: CommitCommand): Promise<void> {
    const [name = '', length, ...words] = line.rest.split(' ');
    if (name === 'branch-nick' && words[0] !== undefined) commit.branchNick = words[0];
    const value = words.join(' ');
    const missing = Number(length ?? 0) - bytesOfText(value).length;
    if (missing > LARGEST_ARTIFACT) throw refusal(line, 'the data is larger than what a Fossil repository can hold');
    // A value with line feeds goes on behind the line.
    if (Number.isInteger(missing) && missing > 0) await this.#source.bytes(missing);
  }

  async #skipData(): Promise<void> {
    await this.#data(await this.#expectData());
  }

  async #expectData(): Promise<Line> {
    const line = await this.#line();
    if (line?.keyword === 'data') return line;
    throw line === undefined
      ? malformedStream(this.#source.position, 'it ends where data should stand')
      : refusal(line, 'data should stand here');
  }

  async #data(line: Line): Promise<Uint8Array> {
    if (line.rest.startsWith('<<')) return this.#delimitedData(line);
    const size = /^\d{1,15}$/.test(line.rest) ? Number(line.rest) : undefined;
    if (size === undefined) throw refusal(line, 'the size of the data is no number');
    if (size > LARGEST_ARTIFACT) throw refusal(line, 'the data is larger than what a Fossil repository can hold');
    return this.#source.bytes(size);
  }

  async #delimitedData(start: Line): Promise<Uint8Array> {
    const delimiter = start.rest.slice(2);
    if (delimiter === '') throw refusal(start, 'the delimiter is missing');
    const wanted = bytesOfText(delimiter);
    // One buffer that grows: as objects of their own, short lines would take a hundred times their bytes.
    let data = new Uint8Array(4096);
    let size = 0;
    for (let line = await this.#source.line(); line !== undefined; line = await this.#source.line()) {
      if (line.length === wanted.length && line.every((byte, i) => byte === wanted[i])) return data.slice(0, size);
      const end = size + line.length + 1;
      if (end > LARGEST_ARTIFACT) throw refusal(start, 'the data is larger than what a Fossil repository can hold');
      if (end > data.length) {
        const larger = new Uint8Array(Math.max(end, Math.min(2 * data.length, LARGEST_ARTIFACT)));
        larger.set(data.subarray(0, size));
        data = larger;
      }
      data.set(line, size);
      data[end - 1] = LINE_FEED;
      size = end;
    }
    throw refusal(start, 'the stream ends before the delimiter of the data');
  }

  /** The next line that says something. */
  async #line(): Promise<Line | undefined> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) return waiting;
    for (;;) {
      const offset = this.#source.position;
      const bytes = await this.#source.line();
      if (bytes === undefined) return undefined;
      if (bytes.length === 0 || bytes[0] === 0x23) continue;
      const text = byteTextOf(bytes);
      const space = text.indexOf(' ');
      return space < 0
        ? { keyword: text, rest: '', text, offset }
        : { keyword: text.slice(0, space), rest: text.slice(space + 1), text, offset };
    }
  }
}

function required(line: Line): string {
  if (line.rest === '') throw refusal(line, 'something is missing behind the word');
  return line.rest;
}

function markIn(line: Line): string {
  if (!/^:\d+$/.test(line.rest)) throw refusal(line, 'a mark is a colon and a number');
  return line.rest;
}

/** A time that is no number of seconds counts as 1970, as for Fossil. */
function personIn(line: Line): Person {
  const match = /^ *(([^>]*?)>)(.*)$/s.exec(line.rest);
  const [, contact = '', before = '', time = ''] = match ?? [];
  const bracket = before.indexOf('<');
  if (match === null || bracket < 0) throw refusal(line, 'there is no address in angle brackets');
  const seconds = Number(/^.(\d*)/s.exec(time)?.[1] ?? '0');
  if (seconds > LAST_SECOND) throw refusal(line, 'the time lies behind the year 9999');
  return { contact, address: before.slice(bracket + 1), seconds };
}

function modificationIn(line: Line): FileChange {
  const match = /^(\d+) (\S+) (.*)$/s.exec(line.rest);
  const [, mode = '', blob = '', name = ''] = match ?? [];
  if (match === null) throw refusal(line, 'a mode, a content and a name should stand here');
  const path = lastPath(name, line);
  if (mode === '160000') return { kind: 'submodule', path };
  if (mode.endsWith('040000') || mode === '40000') {
    throw refusal(line, 'it names a tree that only Git has; export without "--reference-excluded-parents"');
  }
  const permission = mode.endsWith('755') ? 'executable' : mode === '120000' ? 'symlink' : 'regular';
  return { kind: 'modify', path, permission, blob };
}

/** @returns undefined when the line is not part of a commit */
function changeIn(line: Line): FileChange | undefined {
  switch (line.keyword) {
    case 'D':
      return { kind: 'delete', path: lastPath(line.rest.replace(/([^/])\/$/, '$1'), line) };
    case 'deleteall':
      return { kind: 'delete-all' };
    case 'C':
    case 'R': {
      const [from, rest] = firstPath(line);
      return { kind: line.keyword === 'C' ? 'copy' : 'rename', from, to: lastPath(rest, line) };
    }
    default:
      return undefined;
  }
}

function firstPath(line: Line): [path: string, rest: string] {
  if (!line.rest.startsWith('"')) {
    const space = line.rest.indexOf(' ');
    if (space < 0) throw refusal(line, 'a second name should stand here');
    return [requireSimple(line.rest.slice(0, space), line), line.rest.slice(space + 1)];
  }
  const quoted = readQuotedPath(line.rest);
  if (quoted === undefined || !quoted.rest.startsWith(' ')) throw refusal(line, 'a quoted name is malformed');
  return [requireSimple(quoted.path, line), quoted.rest.slice(1)];
}

function lastPath(text: string, line: Line): string {
  if (!text.startsWith('"')) return requireSimple(text.endsWith('\r') ? text.slice(0, -1) : text, line);
  const quoted = readQuotedPath(text);
  if (quoted === undefined || !/^\r?$/.test(quoted.rest)) throw refusal(line, 'a quoted name is malformed');
  return requireSimple(quoted.path, line);
}

function requireSimple(path: string, line: Line): string {
  if (!isSimplePath(path)) throw refusal(line, 'this is no name of a file inside a check-in');
  return path;
}

/** Up to a NUL, without the line feed at the end, as Fossil takes it. */
function messageOf(bytes: Uint8Array, encoding: string | undefined): string {
  const decoder = encoding === undefined ? undefined : decoderOf(encoding);
  const text = decoder === undefined ? byteTextOf(bytes) : decoder.decode(bytes);
  const whole = text.endsWith('\n') ? text.slice(0, -1) : text;
  const end = whole.indexOf('\0');
  return end < 0 ? whole : whole.slice(0, end);
}

/** @returns undefined for UTF-8, and for what nobody knows: the bytes then stay as they are */
function decoderOf(encoding: string): InstanceType<typeof TextDecoder> | undefined {
  if (/^utf-?8$/i.test(encoding)) return undefined;
  try {
    return new TextDecoder(encoding);
  } catch {
    return undefined;
  }
}

function refusal(line: Line, reason: string): ReturnType<typeof malformedStream> {
  return malformedStream(line.offset, reason, line.text);
}
