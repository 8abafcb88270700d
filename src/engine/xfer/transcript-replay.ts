import { packContainer, unpackContainer } from '../codec/container';
import { textOf } from '../codec/utf8';
import { EngineError, type ErrorCode } from '../errors';
import type { Zlib } from '../platform/zlib';
import { isPlainType } from './message-reader';
import type { Remote } from './remote';
import type { MessageEntry, TranscriptEntry } from './transcript';
import type { ExchangeReply, ExchangeRequest, Session, Transport } from './transport';

/** What a network can fail with; a transcript tells it by name. */
const FAILURES: readonly ErrorCode[] = [
  ...(['unknown-host', 'connection-refused', 'connection-lost', 'tls-failed', 'redirect-refused'] as const),
  ...(['http-status', 'not-fossil', 'reply-truncated', 'login-failed', 'cancelled'] as const),
];
const CHUNK_BYTES = 64 * 1024;

export interface ReplayOptions {
  zlib: Zlib;
  /** Gets each message that is sent, out of its container, and the one that was sent in its place when the session was recorded. */
  onRequest?(sent: Uint8Array, recorded: Uint8Array | undefined): void;
}

/**
 * A transport that gives a recorded session's replies again, in their order, whatever it is asked. A client that starts from the same
 * repository comes to the same result.
 * @throws EngineError `connection-lost` (its sessions) once the recording has no more
 */
export function replayingTransport(entries: readonly TranscriptEntry[], options: ReplayOptions): Transport {
  const replay = new Replay(entries, options);
  return { open: (remote) => Promise.resolve(replay.session(remote)) };
}

class Replay {
  #next = 0;

  constructor(
    private readonly entries: readonly TranscriptEntry[],
    private readonly options: ReplayOptions,
  ) {}

  session(remote: Remote): Session {
    this.#until((entry) => entry.kind === 'session');
    return {
      remote,
      exchange: (request) => this.#exchange(request, remote),
      fetchJson: () => Promise.resolve(this.#json()),
      close: () => Promise.resolve(),
    };
  }

  // Asynchronous as every exchange is: its failures are rejections.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #exchange(request: ExchangeRequest, remote: Remote): Promise<ExchangeReply> {
    const sent = contentOf(this.options.zlib, request.contentType, request.body(remote));
    let recorded: MessageEntry | undefined;
    const entry = this.#until((each): each is Exclude<TranscriptEntry, { kind: 'session' | 'json' }> => {
      // Redirects make several messages of one; the last was answered.
      if (each.kind === 'request') recorded = each;
      return each.kind === 'reply' || each.kind === 'failure';
    });
    this.options.onRequest?.(sent, recorded?.body);
    if (entry.kind === 'failure') throw failureOf(entry.code, entry.message);
    const body = entry.isPacked ? packContainer(this.options.zlib, entry.body) : entry.body;
    // Without its secrets, or packed by another zlib, a reply has another length than the one that was announced.
    const isAnnounced = entry.announcedLength !== undefined && entry.announcedLength === entry.wireLength;
    return {
      contentType: entry.contentType,
      ...(isAnnounced ? { length: body.length } : {}),
      chunks: chunksOf(body, entry.brokenBy),
    };
  }

  #json(): unknown {
    const entry = this.#until((each) => each.kind === 'json');
    return entry.body.length === 0 ? undefined : (JSON.parse(textOf(entry.body)) as unknown);
  }

  /** Goes on behind the next entry of which the condition holds. */
  #until<Entry extends TranscriptEntry>(condition: (entry: TranscriptEntry) => entry is Entry): Entry {
    while (this.#next < this.entries.length) {
      const entry = this.entries[this.#next++];
      if (entry !== undefined && condition(entry)) return entry;
    }
    throw new EngineError('connection-lost', 'The recorded session ends here.');
  }
}

// A generator over what is there already; it is asynchronous because a reply streams.
// eslint-disable-next-line @typescript-eslint/require-await
async function* chunksOf(body: Uint8Array, brokenBy: string | undefined): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < body.length; offset += CHUNK_BYTES) yield body.subarray(offset, offset + CHUNK_BYTES);
  if (brokenBy !== undefined) throw failureOf(brokenBy, 'The recorded reply breaks off here.');
}

function contentOf(zlib: Zlib, contentType: string, body: Uint8Array): Uint8Array {
  return isPlainType(contentType) ? body : unpackContainer(zlib, body);
}

function failureOf(code: string, message: string): EngineError {
  return new EngineError(FAILURES.find((known) => known === code) ?? 'connection-lost', message);
}
