import { declaredSize, unpackContainer } from '../codec/container';
import { EngineError } from '../errors';
import { InflateStream } from '../platform/inflate-stream';
import type { Zlib } from '../platform/zlib';
import { isPlainType } from '../xfer/message-reader';
import { SecretFilter } from '../xfer/transcript-secrets';
import { MessageSpool } from './message-spool';
import { SpoolRoom } from './spool-room';

/** More of a message is kept in a temporary file. */
const IN_MEMORY = 256 * 1024;
/** What is in so short a container, and is no longer than that, is unpacked at one go, which takes a quarter of the time. */
const SMALL = { packed: 4 * 1024 * 1024, unpacked: 8 * 1024 * 1024 };
const CONTAINER_HEADER = 4;
/** Packed bytes that are unpacked at one go. */
const INFLATED_AT_ONCE = 16 * 1024;

/** What a transcript keeps of a message that passes, as it is inside its container, secrets removed. It holds little of it in memory. */
export class RecordedBody {
  readonly #zlib: Zlib;
  readonly #isContainer: boolean;
  readonly #filter = new SecretFilter();
  #spool = newSpool();
  /** Of a container, until it is unpacked. */
  #packed: Uint8Array[] = [];
  #stream: InflateStream | undefined;
  /** It is no container, or damaged, or its temporary file cannot be written: nothing of it is kept. */
  #isLost = false;
  /** Bytes that have passed. */
  wireLength = 0;

  /** @param options.isUnpacked - what comes is inside its container already */
  constructor(contentType: string, { zlib, isUnpacked = false }: { zlib: Zlib; isUnpacked?: boolean }) {
    this.#zlib = zlib;
    this.#isContainer = !isUnpacked && !isPlainType(contentType);
  }

  /** Never throws: who records must not disturb who is served. */
  append(piece: Uint8Array): void {
    this.wireLength += piece.length;
    this.#unlessLost(() => {
      if (!this.#isContainer) this.#keep(this.#filter.push(piece));
      else if (this.#stream === undefined) this.#gather(piece);
      else this.#inflate(this.#stream, piece);
    });
  }

  /** Ends it. @returns whether it was a whole container, and the bytes to be kept, which can be read until `close` */
  end(): { isPacked: boolean; length: number; pieces: () => Iterable<Uint8Array> } {
    this.#unlessLost(() => {
      if (this.#isContainer) this.#unpackRest();
      this.#keep(this.#filter.end());
    });
    this.#packed = [];
    const isPacked = this.#isContainer && !this.#isLost;
    return { isPacked, length: this.#spool.length, pieces: () => this.#spool.read() };
  }

  close(): void {
    this.#spool.close();
  }

  #gather(piece: Uint8Array): void {
    this.#packed.push(piece);
    if (this.wireLength > SMALL.packed) this.#beginStream();
  }

  #unpackRest(): void {
    if (this.#stream === undefined) {
      const packed = Buffer.concat(this.#packed);
      if (declaredSize(packed) <= SMALL.unpacked) {
        this.#keep(this.#filter.push(unpackContainer(this.#zlib, packed)));
        return;
      }
    }
    (this.#stream ?? this.#beginStream()).end();
  }

  #beginStream(): InflateStream {
    const packed = Buffer.concat(this.#packed);
    this.#packed = [];
    const stream = new InflateStream(declaredSize(packed));
    this.#stream = stream;
    this.#inflate(stream, packed.subarray(CONTAINER_HEADER));
    return stream;
  }

  #inflate(stream: InflateStream, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += INFLATED_AT_ONCE)
      for (const piece of stream.push(bytes.subarray(at, at + INFLATED_AT_ONCE))) this.#keep(this.#filter.push(piece));
  }

  #keep(pieces: readonly Uint8Array[]): void {
    // What stays in memory must not hold on to something much longer that it is a view of.
    for (const piece of pieces) this.#spool.append(piece.length <= IN_MEMORY ? new Uint8Array(piece) : piece);
  }

  #unlessLost(step: () => void): void {
    if (this.#isLost) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof EngineError) && !(error instanceof Error && 'code' in error)) throw error;
      this.#isLost = true;
      this.#packed = [];
      this.#spool.close();
      this.#spool = newSpool();
    }
  }
}

function newSpool(): MessageSpool {
  return new MessageSpool(IN_MEMORY, new SpoolRoom(Number.POSITIVE_INFINITY));
}
