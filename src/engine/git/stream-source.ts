import { EngineError, throwIfCancelled } from '../errors';

const LINE_FEED = 0x0a;
/** No line of a stream is longer in earnest; without a bound a stream without line feeds would fill the memory. */
const LONGEST_LINE = 1 << 20;

/** Bytes of a stream as they arrive, handed out as lines and as counted bytes. */
export class StreamSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #chunk: Uint8Array = new Uint8Array(0);
  /** Offset in `#chunk` of the next byte. */
  #at = 0;
  /** Offset in the stream of the first byte of `#chunk`. */
  #chunkStart = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** Bytes handed out so far. */
  get position(): number {
    return this.#chunkStart + this.#at;
  }

  /**
   * The next line without its line feed, a view that holds until the next call; the last line may lack the line feed.
   * @returns undefined at the end of the stream
   * @throws EngineError `stream-malformed` for a line beyond 1 MB, `cancelled`
   */
  async line(): Promise<Uint8Array | undefined> {
    const start = this.position;
    let begun: Uint8Array = new Uint8Array(0);
    for (;;) {
      const end = this.#chunk.indexOf(LINE_FEED, this.#at);
      const rest = this.#chunk.subarray(this.#at, end < 0 ? undefined : end);
      const line = begun.length === 0 ? rest : concatenate([begun, rest]);
      if (line.length > LONGEST_LINE) throw malformedStream(start, 'a line has more than 1 MB');
      if (end >= 0) {
        this.#at = end + 1;
        return line;
      }
      this.#at = this.#chunk.length;
      begun = Uint8Array.from(line);
      if (!(await this.#next())) return this.position === start ? undefined : begun;
    }
  }

  /**
   * The next `count` bytes, a copy. Memory is taken as they arrive, not as they are announced.
   * @throws EngineError `stream-malformed` when the stream ends before, `cancelled`
   */
  async bytes(count: number): Promise<Uint8Array> {
    if (this.#chunk.length - this.#at >= count) return this.#take(count);
    const start = this.position;
    const pieces: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      const piece = this.#take(Math.min(missing, this.#chunk.length - this.#at));
      if (piece.length > 0) pieces.push(piece);
      missing -= piece.length;
      if (missing > 0 && !(await this.#next())) {
        throw malformedStream(start, `it ends ${count - missing} bytes into data of ${count} bytes`);
      }
    }
    return concatenate(pieces);
  }

  #take(count: number): Uint8Array {
    // Not `slice`: that of Node's buffers is a view, which would keep the whole chunk in memory.
    const taken = new Uint8Array(this.#chunk.subarray(this.#at, this.#at + count));
    this.#at += count;
    return taken;
  }

  async #next(): Promise<boolean> {
    throwIfCancelled(this.#signal);
    const next = await orCancelled(this.#chunks.next(), this.#signal);
    if (next.done === true) return false;
    this.#chunkStart += this.#chunk.length;
    this.#chunk = next.value;
    this.#at = 0;
    return true;
  }
}

/** @param offset - of the byte at which it went wrong */
export function malformedStream(offset: number, reason: string, line?: string): EngineError {
  const where = line === undefined ? '' : ` ("${line.length > 80 ? `${line.slice(0, 80)}…` : line}")`;
  return new EngineError(
    'stream-malformed',
    `This is not a Git fast-import stream that can be read: at byte ${offset}${where}, ${reason}. Nothing has been imported.`,
  );
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return whole;
}

/** A stream that stands still, such as a terminal, must not keep the user from cancelling. */
async function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const cancelled = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new EngineError('cancelled', 'Cancelled.'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
