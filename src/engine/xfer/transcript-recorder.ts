import { unpackContainer } from '../codec/container';
import { utf8 } from '../codec/utf8';
import { EngineError } from '../errors';
import type { Clock } from '../platform/clock';
import type { Zlib } from '../platform/zlib';
import { isPlainType } from './message-reader';
import { canonicalUrl } from './remote';
import { formatEntry, TRANSCRIPT_HEADING, type TranscriptEntry } from './transcript';
import { withoutSecrets } from './transcript-secrets';
import type { ExchangeReply, Session, Transport } from './transport';

/** `brokenBy` of a reply whose reader had seen enough. */
export const READER_LEFT = 'reader-left';

/** First byte of the zlib streams that Fossil and we make. */
const ZLIB_MARK = 0x78;

export interface RecorderOptions {
  zlib: Zlib;
  clock: Clock;
  /** Takes the file's bytes as they come, in whole entries. */
  write(bytes: Uint8Array): void;
}

/**
 * A transport that records what passes through another one, secrets removed (`transcript.ts` has the format). Each reply is held in
 * memory until it is whole. Headers of HTTP, passwords and cookies among them, are not seen here and not recorded.
 */
export function recordingTransport(transport: Transport, options: RecorderOptions): Transport {
  const { zlib, clock } = options;
  const record = (entry: TranscriptEntry): void => options.write(formatEntry(entry));
  options.write(TRANSCRIPT_HEADING);
  const recording = (session: Session): Session => ({
    get remote() {
      return session.remote;
    },
    ...(session.takesPlain === undefined ? {} : { takesPlain: session.takesPlain }),
    exchange: async (request, exchangeOptions) => {
      const begin = clock.now();
      const body: typeof request.body = (remote) => {
        const bytes = request.body(remote);
        record({ kind: 'request', contentType: request.contentType, ...unpacked(zlib, request.contentType, bytes) });
        return bytes;
      };
      let reply: ExchangeReply;
      try {
        reply = await session.exchange({ ...request, body }, exchangeOptions);
      } catch (error) {
        record({ kind: 'failure', ...failureOf(error) });
        throw error;
      }
      const { contentType, length } = reply;
      const chunks = copied(reply.chunks, (bytes, brokenBy) => {
        const milliseconds = Math.round(clock.now() - begin);
        record(replyEntry({ contentType, length }, bytes, { zlib, milliseconds, brokenBy }));
      });
      return { ...reply, chunks };
    },
    greet: async (greetOptions) => session.greet?.(greetOptions),
    fetchJson: async (path, fetchOptions) => {
      const answer = await session.fetchJson(path, fetchOptions);
      const body = utf8(answer === undefined ? '' : JSON.stringify(answer));
      record({ kind: 'json', path, body });
      return answer;
    },
    close: () => session.close(),
  });
  return {
    open: async (remote, context) => {
      record({ kind: 'session', url: canonicalUrl(remote) });
      return recording(await transport.open(remote, context));
    },
  };
}

/**
 * A reply as a transcript has it, secrets removed.
 * @param reply.length - what its Content-Length told
 * @param bytes - what of it has come
 */
function replyEntry(
  { contentType, length }: { contentType: string; length: number | undefined },
  bytes: Uint8Array,
  { zlib, milliseconds, brokenBy }: { zlib: Zlib; milliseconds: number; brokenBy: string | undefined },
): TranscriptEntry {
  return {
    kind: 'reply',
    contentType,
    ...unpacked(zlib, contentType, bytes),
    ...(length === undefined ? {} : { announcedLength: length }),
    milliseconds,
    ...(brokenBy === undefined ? {} : { brokenBy }),
  };
}

/** The chunks, and in the end all of them once more. */
async function* copied(
  chunks: AsyncIterable<Uint8Array>,
  done: (bytes: Uint8Array, brokenBy: string | undefined) => void,
): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let brokenBy: string | undefined = READER_LEFT;
  try {
    for await (const chunk of chunks) {
      pieces.push(chunk);
      yield chunk;
    }
    brokenBy = undefined;
  } catch (error) {
    brokenBy = failureOf(error).code;
    throw error;
  } finally {
    done(Buffer.concat(pieces), brokenBy);
  }
}

/** A message as it is inside its container, secrets removed. */
function unpacked(
  zlib: Zlib,
  contentType: string,
  bytes: Uint8Array,
): { isPacked: boolean; wireLength: number; body: Uint8Array } {
  const wireLength = bytes.length;
  const inner = isPlainType(contentType) ? undefined : contentOf(zlib, bytes);
  if (inner !== undefined) return { isPacked: true, wireLength, body: withoutSecrets(inner) };
  // Of half a container nobody can say what secrets it holds.
  const isContainer = !isPlainType(contentType) && bytes[4] === ZLIB_MARK;
  return { isPacked: false, wireLength, body: isContainer ? new Uint8Array(0) : withoutSecrets(bytes) };
}

function contentOf(zlib: Zlib, container: Uint8Array): Uint8Array | undefined {
  try {
    return unpackContainer(zlib, container);
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof EngineError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
