import { Inflate } from 'fflate';
import { EngineError } from '../errors';
import { Adler32 } from './adler32';

/** Two bytes before the deflated data, four behind it (RFC 1950). */
const HEADER_BYTES = 2;
const TRAILER_BYTES = 4;

/**
 * Inflates a zlib stream while it arrives, and holds no more of it than the 32 kB window. It runs in this thread and at once, so that what
 * arrives in the same pieces is handled in the same order every time.
 */
export class InflateStream {
  readonly #size: number;
  readonly #inflate: Inflate;
  readonly #checksum = new Adler32();
  #header: number[] = [];
  #trailer: Uint8Array = new Uint8Array(0);
  #inflated = 0;
  #pieces: Uint8Array[] = [];

  /** @param size - the exact length of the inflated bytes */
  constructor(size: number) {
    this.#size = size;
    this.#inflate = new Inflate((piece) => {
      if (piece.length === 0) return;
      this.#inflated += piece.length;
      this.#checksum.update(piece);
      this.#pieces.push(piece);
    });
  }

  /** Whether as many bytes have come out as were announced. */
  get isComplete(): boolean {
    return this.#inflated >= this.#size;
  }

  /**
   * @returns what the bytes up to now inflate to, besides what was returned before
   * @throws EngineError `container-malformed`
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#trailer = lastBytes(this.#trailer, chunk);
    const missing = HEADER_BYTES - this.#header.length;
    this.#header.push(...chunk.subarray(0, missing));
    return this.#run(chunk.subarray(missing > 0 ? missing : 0), false);
  }

  /** @throws EngineError `container-malformed` unless the stream was whole, its checksum right and its length the one announced */
  end(): void {
    const [method = 0, flags = 0] = this.#header;
    if (this.#header.length < HEADER_BYTES || (method & 15) !== 8 || (method * 256 + flags) % 31 !== 0) {
      throw damaged(this.#size);
    }
    this.#run(new Uint8Array(0), true);
    const { buffer, byteOffset, length } = this.#trailer;
    const isWhole =
      this.#inflated === this.#size &&
      length === TRAILER_BYTES &&
      new DataView(buffer, byteOffset).getUint32(0) === this.#checksum.value;
    if (!isWhole) throw damaged(this.#size);
  }

  #run(bytes: Uint8Array, isLast: boolean): Uint8Array[] {
    try {
      this.#inflate.push(bytes, isLast);
    } catch (cause) {
      throw damaged(this.#size, cause);
    }
    if (this.#inflated > this.#size) throw damaged(this.#size);
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}

function lastBytes(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.length >= TRAILER_BYTES) return chunk.slice(-TRAILER_BYTES);
  return Uint8Array.from([...before, ...chunk]).slice(-TRAILER_BYTES);
}

function damaged(size: number, cause?: unknown): EngineError {
  return new EngineError('container-malformed', `Content of ${size} bytes cannot be unpacked: it is damaged.`, {
    cause,
  });
}
